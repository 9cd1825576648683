import CSMCore
import CSMFiles
import CSMSQLite

/// Ties each turn of a scene to the turns before it, while a file is read from its beginning.
struct ChainLinks {
  /// So many turns before it does each turn need.
  let length: Int
  let endpoint: String

  private var scene: String?
  /// The last turns of the scene, as they will stand in the contexts of those behind them.
  private var turns: [SpeechRequest.Clip] = []

  init(length: Int, endpoint: String) {
    self.length = length
    self.endpoint = endpoint
  }

  /// The request with the turns before it in its context, behind the voices.
  ///
  /// - Parameters:
  ///   - scene: the scene in which it is said; nil for none, and no chain.
  ///   - take: the take of the line; a turn is tied to the same take of the others.
  mutating func tied(_ request: SpeechRequest, scene: String?, take: Int) -> SpeechRequest {
    guard length > 0, let scene else { return request }
    if scene != self.scene {
      self.scene = scene
      turns = []
    }
    var tied = request
    tied.context += turns
    let key = tied.key(endpoint: endpoint, take: take)
    // A long turn is several texts of one speaker, and one clip.
    turns.append(
      SpeechRequest.Clip(
        prompt: request.text, audioURL: ClipSource.job(key: key).audioURL,
        speakerID: request.scene.first?.speakerID ?? 0))
    if turns.count > length { turns.removeFirst() }
    return tied
  }
}
