import CSMCore

/// A line that can be spoken, and becomes a job.
package struct SpokenLine: Sendable, Equatable {
  /// Its line number in the file, from 1.
  package var number: Int
  /// The author's id, or one made from the scene; nil to make it from the number.
  package var id: String?
  /// Distinguishes lines with the same id or number: a part (`.02`), another take (`.t2`).
  package var suffix = ""
  /// The author's text; nil if it is sent unchanged.
  package var text: String?
  package var request: SpeechRequest
  /// Which of the versions it is, from 1.
  package var version = 1
  /// The speaker as the author writes it, a name or a digit; nil for several, or none.
  package var speaker: String?
  /// The name of the voice; nil for several, or none.
  package var voice: String?
  package var scene: String?
  /// The number of the turn in its scene, from 1; nil for a whole scene, or a part of one.
  package var turn: Int?
  /// Whatever else the file says about it, as JSON.
  package var meta: String?
}
