import CSMCore
import CSMFiles
import CSMSQLite

/// Adds preceding turns of the same scene to the context of each turn, in the order of the file.
struct ChainLinks {
  /// How many preceding turns each turn needs; 0 for no chain.
  let length: Int
  let endpoint: String

  private var scene: String?
  /// The last turns of the scene, as context clips for the next turn.
  private var turns: [SpeechRequest.Clip] = []

  init(length: Int, endpoint: String) {
    self.length = length
    self.endpoint = endpoint
  }

  /// The request with the preceding turns in its context, after the voices.
  ///
  /// - Parameters:
  ///   - scene: the scene of the turn; nil for none, and so no chain.
  ///   - take: the take of the line, which refers to the same take of the preceding turns.
  mutating func linked(_ request: SpeechRequest, scene: String?, take: Int) -> SpeechRequest {
    guard length > 0, let scene else { return request }
    if scene != self.scene {
      self.scene = scene
      turns = []
    }
    var linked = request
    linked.context += turns
    let key = linked.key(endpoint: endpoint, take: take)
    // A long turn has several texts by one speaker, but makes one clip.
    turns.append(
      SpeechRequest.Clip(
        prompt: request.text, audioURL: ClipSource.job(key: key).audioURL,
        speakerID: request.scene.first?.speakerID ?? 0))
    if turns.count > length { turns.removeFirst() }
    return linked
  }
}
