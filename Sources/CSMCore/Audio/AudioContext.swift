/// What is known about a recording besides its samples.
package struct AudioContext: Sendable {
  /// The words sent.
  package var text: String
  package var turns = 1
  /// The playing time according to the file; nil when the format does not say.
  package var milliseconds: Int?
  /// Whether a recording of other words has exactly the same samples.
  package var isDuplicate = false
  /// Whether a turn it had as context has since changed or gone.
  package var isStale = false
  /// The verdict of the user's own judge; nil without one.
  package var verdict: Verdict?
  /// The pace of its voice in the batch.
  package var pace = VoicePace.usual
  /// The length at which recordings of its batch are cut off; nil if they are not.
  package var capMilliseconds: Int?

  package init(text: String) { self.text = text }
}
