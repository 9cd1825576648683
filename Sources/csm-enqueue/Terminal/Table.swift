import CLinux
import CSMCore
import Foundation

/// Rows of text as a table that fits the terminal, or as plain columns for a pipe.
///
/// Every cell is made harmless first. Where the rows are wider than the terminal, the flexible columns
/// are cut; the width of a character is the terminal's own (wcwidth(3)).
struct Table {
  /// A column's heading, and how it gives way.
  struct Column {
    let heading: String
    var isFlexible = false
    var isRight = false
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  static let gap = 2
  static let narrowest = 8

  init(_ columns: [Column]) {
    self.columns = columns
  }

  mutating func append(_ cells: [String]) {
    rows.append(cells.map(Printable.line))
  }

  /// The table's lines, none wider than `width`, under a heading.
  func lines(width: Int) -> [String] {
    let widths = fitted(to: width)
    return ([columns.map(\.heading)] + rows).map { cells in
      let padded = zip(cells, zip(columns, widths)).map { cell, place in
        Self.pad(Self.cut(cell, to: place.1), to: place.1, right: place.0.isRight)
      }
      let line = padded.joined(separator: String(repeating: " ", count: Self.gap))
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// The rows with tabs between the cells, whole and without a heading.
  var plain: [String] {
    rows.map { $0.joined(separator: "\t") }
  }

  private func fitted(to width: Int) -> [Int] {
    var widths = columns.indices.map { column in
      max(
        Self.width(columns[column].heading), rows.map { Self.width($0[column]) }.max() ?? 0)
    }
    var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - width
    while excess > 0 {
      let flexible = columns.indices.filter {
        columns[$0].isFlexible && widths[$0] > Self.narrowest
      }
      guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  /// The text, or as much of it as fits into so many columns with a sign for the rest.
  static func cut(_ cell: String, to width: Int) -> String {
    guard self.width(cell) > width else { return cell }
    var kept = ""
    var used = 1
    for character in cell {
      used += self.width(String(character))
      if used > width { break }
      kept.append(character)
    }
    return kept + "…"
  }

  private static func pad(_ cell: String, to width: Int, right: Bool) -> String {
    let space = String(repeating: " ", count: max(0, width - self.width(cell)))
    return right ? space + cell : cell + space
  }

  /// The columns that a text takes on a terminal.
  static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { width, scalar in
      let isPlain = scalar.isASCII || !knowsWidths
      return width + (isPlain ? 1 : max(0, Int(wcwidth(Int32(bitPattern: scalar.value)))))
    }
  }

  /// wcwidth(3) knows the characters of the locale only.
  private static let knowsWidths = setlocale(LC_CTYPE, "C.UTF-8") != nil
}
