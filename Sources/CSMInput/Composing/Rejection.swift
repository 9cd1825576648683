/// Why a piece of a file cannot be spoken, with the place of the error.
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
    /// There is nothing to speak.
    case empty = "E-EMPTY"
    /// The bytes are not text.
    case encoding = "E-UTF8"
    /// The file does not follow its format.
    case syntax = "E-SYNTAX"
    /// An unknown or wrong column, key or value.
    case field = "E-FIELD"
    /// A speaker that is not in the cast.
    case cast = "E-CAST"
    /// A voice that does not exist.
    case voice = "E-VOICE"
    /// An id that cannot be a file name.
    case id = "E-ID"
    /// An id that another line has, with other words.
    case duplicate = "E-DUPID"
    /// Longer than CSM, or csm, accepts.
    case budget = "E-BUDGET"
  }
}

/// Something that can be spoken, but perhaps not as the author means it.
package struct Warning: Sendable, Equatable {
  package var line: Int
  package var column: Int
  /// Such as `W-LONG`.
  package var code: String
  /// One sentence without a full stop.
  package var text: String
}
