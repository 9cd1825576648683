import CSMCore
import CSMReports
import Foundation

/// Rows of text as a table that fits the terminal, or as plain columns for a pipe.
///
/// Control characters in cells are made harmless first. If the rows are wider than the terminal, flexible
/// columns are cut at the ends of words. A cell that is too wide and must be whole gets its own line.
struct Table {
  /// A column's heading, alignment, and whether it may be cut.
  struct Column {
    let heading: String
    var isFlexible = false
    var isRight = false
    /// Never cut; a cell that leaves no room for the others is printed above them.
    var isWhole = false
    /// Holds the names of states.
    var isState = false
  }

  private struct Row {
    let cells: [String]
    /// A sentence that is printed below the row.
    let note: String?
  }

  private var columns: [Column]
  private var rows: [Row] = []

  private static let gap = 2
  private static let narrowest = 8
  /// The width that a whole column must leave to the flexible ones.
  private static let room = 24
  private static let indent = "    "
  private static let noteLinesMax = 3

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// - Parameter note: printed below the row on a terminal.
  mutating func append(_ cells: [String], note: String? = nil) {
    rows.append(Row(cells: cells.map(Printable.line), note: note.map(Printable.line)))
  }

  /// Removes the columns that are empty in every row.
  mutating func dropEmptyColumns() {
    let kept = columns.indices.filter { column in
      rows.contains { !["", "-"].contains($0.cells[column]) }
    }
    columns = kept.map { columns[$0] }
    rows = rows.map { row in Row(cells: kept.map { row.cells[$0] }, note: row.note) }
  }

  /// The heading and the rows as lines; only cells that must be whole may exceed `width`.
  func lines(width: Int, ink: Ink = Ink(isOn: false)) -> [String] {
    let widths = fitted(to: width)
    let heading = ink.bold(line(columns.map(\.heading), widths, Ink(isOn: false)))
    return [heading]
      + rows.flatMap { row in
        lines(of: row, widths, ink) + noteLines(row.note, width: width)
      }
  }

  /// The rows with tabs between uncut cells, without a heading.
  func plain(_ ink: Ink = Ink(isOn: false)) -> [String] {
    rows.map { row in
      zip(columns, row.cells).map { $0.isState ? ink.state($1) : $1 }.joined(separator: "\t")
    }
  }

  private func lines(of row: Row, _ widths: [Int], _ ink: Ink) -> [String] {
    var cells = row.cells
    var above: [String] = []
    for column in columns.indices
    where columns[column].isWhole && TextWidth.of(cells[column]) > widths[column] {
      above.append(cells[column])
      cells[column] = ""
    }
    return above + [line(cells, widths, ink)]
  }

  private func line(_ cells: [String], _ widths: [Int], _ ink: Ink) -> String {
    let padded = cells.indices.map { index in
      let cell = TextWidth.pad(
        TextWidth.cut(cells[index], to: widths[index]), to: widths[index],
        right: columns[index].isRight)
      return columns[index].isState ? ink.state(cell) : cell
    }
    let line = padded.joined(separator: String(repeating: " ", count: Self.gap))
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  private func noteLines(_ note: String?, width: Int) -> [String] {
    guard let note else { return [] }
    let lines = TextWidth.wrapped(note, to: max(20, width - Self.indent.count))
    let shown = lines.prefix(Self.noteLinesMax).map { Self.indent + $0 }
    return lines.count > shown.count ? shown.dropLast() + [(shown.last ?? "") + " …"] : shown
  }

  private func fitted(to width: Int) -> [Int] {
    var widths = columns.indices.map { column in
      max(
        TextWidth.of(columns[column].heading),
        rows.map { TextWidth.of($0.cells[column]) }.max() ?? 0)
    }
    func excess() -> Int { widths.reduce(0, +) + Self.gap * (columns.count - 1) - width }
    var isWanted = columns.map(\.isFlexible)
    // Flexible columns shrink first, as long as they stay readable.
    func shrink(to least: Int) {
      while excess() > 0 {
        let flexible = columns.indices.filter { isWanted[$0] && widths[$0] > least }
        guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { return }
        widths[widest] -= 1
      }
    }
    shrink(to: Self.room)
    if excess() > 0 {
      for column in columns.indices where columns[column].isWhole {
        let heading = TextWidth.of(columns[column].heading)
        widths[column] = max(heading, Self.narrowest, widths[column] - max(0, excess()))
      }
    }
    isWanted = columns.map(\.isFlexible)
    shrink(to: Self.narrowest)
    return widths
  }
}
