import CSMCore
import CSMReports
import Foundation

/// Rows of text as a table that fits the terminal, or as plain columns for a pipe.
///
/// Every cell is made harmless first. Where the rows are wider than the terminal, the flexible columns
/// are cut at the ends of words; what must be whole and is too wide has a line of its own.
struct Table {
  /// A column's heading, and how it gives way.
  struct Column {
    let heading: String
    var isFlexible = false
    var isRight = false
    /// Never cut: a cell that leaves the others no room stands above them.
    var isWhole = false
    /// Holds the names of states.
    var isState = false
  }

  private struct Row {
    let cells: [String]
    /// What stands below, in words.
    let note: String?
  }

  private var columns: [Column]
  private var rows: [Row] = []

  private static let gap = 2
  private static let narrowest = 8
  /// What the flexible columns get, if a whole one would leave them less.
  private static let room = 24
  private static let indent = "    "
  private static let noteLinesMax = 3

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// - Parameter note: stands below the row on a terminal.
  mutating func append(_ cells: [String], note: String? = nil) {
    rows.append(Row(cells: cells.map(Printable.line), note: note.map(Printable.line)))
  }

  /// Takes out the columns in which no row says anything.
  mutating func dropEmptyColumns() {
    let kept = columns.indices.filter { column in
      rows.contains { !["", "-"].contains($0.cells[column]) }
    }
    columns = kept.map { columns[$0] }
    rows = rows.map { row in Row(cells: kept.map { row.cells[$0] }, note: row.note) }
  }

  /// The table's lines under a heading; none is wider than `width` but for what must be whole.
  func lines(width: Int, ink: Ink = Ink(isOn: false)) -> [String] {
    let widths = fitted(to: width)
    let heading = ink.bold(line(columns.map(\.heading), widths, Ink(isOn: false)))
    return [heading]
      + rows.flatMap { row in
        lines(of: row, widths, ink) + noteLines(row.note, width: width)
      }
  }

  /// The rows with tabs between the cells, whole and without a heading.
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
    // Flexible columns give way first, as far as a reader still gets something from them.
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
