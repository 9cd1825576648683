/// The character between the cells of a table.
package enum CellSeparator: String, Sendable, CaseIterable {
  case comma, semicolon, tab, pipe

  var byte: UInt8 {
    switch self {
    case .comma: 0x2C
    case .semicolon: 0x3B
    case .tab: 0x09
    case .pipe: 0x7C
    }
  }

  /// Whether a quoted cell may contain separators and line ends.
  var hasQuotes: Bool { self != .pipe }
}
