import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue list`: where every line stands.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List lines and where they stand, the newest first.")

  @OptionGroup var which: SelectionOptions

  @Option(help: "So many lines at most.")
  var limit = 50

  @Flag(help: "All lines, however many.")
  var all = false

  @Flag(help: "An object of JSON a line.")
  var json = false

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  /// Looking at the lines of several batches harms none.
  private var selection: Selection {
    var selection = which.selection
    selection.mayNameSeveral = true
    return selection
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let store = AudioStore(root: workplace.state.path)
    let limit = all ? nil : limit
    try workplace.reading { table in
      if json {
        let shown = try table.lines(selection, in: .newest, limit: limit) { line in
          try Console.print(
            json: line.json(path: line.digest.map(store.path(of:))))
        }
        try note(shown, in: table)
      } else {
        try printTable(table, limit)
      }
    }
  }

  private func printTable(_ table: JobTable, _ limit: Int?) throws {
    guard Console.isTerminal else {
      let shown = try table.lines(selection, in: .newest, limit: limit) { line in
        var row = Table(Self.columns)
        row.append(Self.cells(line))
        row.plain.forEach(Console.print)
      }
      return try note(shown, in: table)
    }
    var rows = Table(Self.columns)
    let shown = try table.lines(selection, in: .newest, limit: limit) { line in
      rows.append(Self.cells(line))
    }
    if shown > 0 { rows.lines(width: Console.width).forEach(Console.print) }
    try note(shown, in: table)
  }

  private static let columns: [Table.Column] = [
    Table.Column(heading: "ID", isRight: true), Table.Column(heading: "LINE", isFlexible: true),
    Table.Column(heading: "STATE"), Table.Column(heading: "AUDIO", isRight: true),
    Table.Column(heading: "COST", isRight: true), Table.Column(heading: "TEXT", isFlexible: true),
    Table.Column(heading: "WHY", isFlexible: true),
  ]

  private static func cells(_ line: LineRow) -> [String] {
    [
      String(line.id), "\(line.batch):\(line.line)", line.state.rawValue,
      line.durationMilliseconds.map(Figures.seconds(milliseconds:)) ?? "-",
      line.cost.map { "$\($0.dollars)" } ?? "-", line.text, line.why,
    ]
  }

  /// Says when there is more than was shown; nothing at all is not success.
  private func note(_ shown: Int, in table: JobTable) throws {
    let unknown = try table.unknownIDs(in: selection)
    try SelectionOptions.demandMatch(shown, unknown)
    if !all, shown == limit {
      let count = try table.count(selection)
      if count > shown {
        Console.note(
          "\(Figures.count(shown)) of \(Figures.count(count)) lines; --all shows them all")
      }
    }
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }
}
