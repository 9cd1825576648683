/// Why a piece of a file cannot be spoken, and where the reason lies.
package struct Rejection: Error, Sendable, Equatable {
  /// From 1.
  package var line: Int
  /// In characters, from 1.
  package var column: Int
  package var code: Code
  /// One sentence without a full stop.
  package var reason: String

  package init(line: Int, column: Int = 1, _ code: Code, _ reason: String) {
    self.line = line
    self.column = column
    self.code = code
    self.reason = reason
  }

  package enum Code: String, Sendable {
    /// Nothing in it can be spoken.
    case empty = "E-EMPTY"
    /// The bytes are no text.
    case encoding = "E-UTF8"
    /// It is not written as its format asks.
    case syntax = "E-SYNTAX"
    /// A column, key or value is not known.
    case field = "E-FIELD"
    /// A speaker whom the cast does not know.
    case cast = "E-CAST"
    /// A voice that does not exist.
    case voice = "E-VOICE"
    /// An id that another line has, or that cannot be a file name.
    case id = "E-ID"
    /// An id that another line has, with other words.
    case duplicate = "E-DUPID"
    /// Longer than CSM can take.
    case budget = "E-BUDGET"
  }
}

/// What may be spoken, but hardly as the author wants it.
package struct Warning: Sendable, Equatable {
  package var line: Int
  package var column: Int
  /// Such as `W-LONG`.
  package var code: String
  /// One sentence without a full stop.
  package var text: String
}
