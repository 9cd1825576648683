import CSMCore

/// A line that can be spoken: what becomes a job.
package struct SpokenLine: Sendable, Equatable {
  /// The line of the file from which it comes, from 1.
  package var number: Int
  /// The author's id, or one that was made from a scene; nil where it is to be made from the number.
  package var id: String?
  /// What tells it from others of the same id or number: a part (`.02`), another take (`.t2`).
  package var suffix = ""
  /// The author's text, where it is not what is sent.
  package var text: String?
  package var request: SpeechRequest
  /// Which of the wanted versions it is, from 1.
  package var version = 1
  /// The name of the one who speaks; nil for several, or none.
  package var speaker: String?
  /// The name of the voice; nil for several, or none.
  package var voice: String?
  package var scene: String?
  /// The number of the turn in its scene, from 1; nil for a whole scene, or a part of it.
  package var turn: Int?
  /// What else the file says of the line, as JSON.
  package var meta: String?

  package init(number: Int, id: String?, request: SpeechRequest) {
    self.number = number
    self.id = id
    self.request = request
  }
}
