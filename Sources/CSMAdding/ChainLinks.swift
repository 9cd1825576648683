import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite

/// Adds preceding turns of the same scene to the context of each turn, in the order of the file.
struct ChainLinks {
  /// How many preceding turns each turn needs; 0 for no chain.
  let length: Int
  let endpoint: String

  private var scene: String?
  /// The last turns of the scene, as context clips for the next one: of each turn, its takes.
  private var turns: [[SpeechRequest.Clip]] = []

  init(length: Int, endpoint: String) {
    self.length = length
    self.endpoint = endpoint
  }

  /// The request of a line with the preceding turns in its context, after the voices.
  ///
  /// Each version of a turn is linked to the same version of the preceding turns, or to their first if they
  /// have fewer. The versions of a turn follow one another.
  ///
  /// - Parameter take: the take of the line, which makes its job another than that of its other versions.
  mutating func linked(_ line: SpokenLine, take: Int) -> SpeechRequest {
    guard length > 0, let scene = line.scene else { return line.request }
    if scene != self.scene {
      self.scene = scene
      turns = []
    }
    // The last one is the current turn.
    if line.version == 1 || turns.isEmpty { turns = turns.suffix(length) + [[]] }
    var linked = line.request
    linked.context += turns.dropLast().compactMap { takes in
      line.version <= takes.count ? takes[line.version - 1] : takes.first
    }
    let key = linked.key(endpoint: endpoint, take: take)
    // A long turn has several texts by one speaker, but makes one clip.
    turns[turns.count - 1].append(
      SpeechRequest.Clip(
        prompt: line.request.text, audioURL: ClipSource.job(key: key).audioURL,
        speakerID: line.request.scene.first?.speakerID ?? 0))
    return linked
  }
}
