/// What went wrong, for programs (`kind`) and people (`message`).
package struct Problem: Sendable, Equatable {
  /// A short identifier of lower-case letters, digits and `_`, or fal's own error type; the
  /// `error_class` in SQL and JSON.
  package let kind: String
  /// One sentence; may contain text from a server, so escape it before display.
  package let message: String

  /// The kind of a submit whose outcome stayed unknown.
  ///
  /// `retry` looks for such a submit in fal's list before it sends the job again.
  package static let lostSubmit = "lost_submit"
  /// The kind of audio that fal has no more.
  package static let lostAtFal = "lost_at_fal"
  /// The kind of an added take that no budget had room for.
  package static let noMoney = "budget"

  package init(_ kind: String, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
