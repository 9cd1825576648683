import CSMCore

/// Why a line cannot be spoken, and where in it the reason lies.
package struct Rejection: Error, Sendable, Equatable {
  /// The column in characters, from 1.
  package let column: Int
  /// One sentence without a full stop.
  package let reason: String

  package init(column: Int = 1, _ reason: String) {
    self.column = column
    self.reason = reason
  }
}

/// A line that can be spoken.
package struct SpokenLine: Sendable, Equatable {
  /// The author's id; nil where there is none.
  package var id: String?
  /// The author's text, where it is not what is sent.
  package var text: String?
  package var request: SpeechRequest
  /// What else the file says of the line, as JSON.
  package var meta: String?
}
