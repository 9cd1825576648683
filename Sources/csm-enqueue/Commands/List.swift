import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue list`: lines and their states.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List lines and their states.",
    discussion: """
      The newest batch comes first, with its lines in the order they were added. On a terminal, long \
      lists go through $PAGER. In a pipe, each line has the columns job, id, state, length, cost, text, \
      why and error, separated by tabs.

      Columns: \(LineColumn.allCases.map(\.rawValue).joined(separator: ", ")).

      Examples:
        csm-enqueue list --state FAILED          what failed, and what fal said
        csm-enqueue list 'night1:L00*' --sort length --reverse
        csm-enqueue list --check silent --columns id,voice,text
      """)

  @OptionGroup var which: LineOptions
  @OptionGroup var age: AgeOptions

  @Option(help: ArgumentHelp("What to sort by.", valueName: "key"))
  var sort = LineOrder.Key.batch

  @Flag(help: "Reverse the order.")
  var reverse = false

  @Option(help: "Skip this many lines.")
  var offset = 0

  @Option(help: "Show at most this many lines.")
  var limit = 50

  @Flag(help: "Show all lines.")
  var all = false

  @Option(help: ArgumentHelp("The columns to show, separated by commas.", valueName: "names"))
  var columns: Columns?

  @OptionGroup var color: ColorOptions

  @Flag(help: "Print JSON, one object per line.")
  var json = false

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
    guard offset >= 0 else { throw ValidationError("--offset must be at least 0") }
    guard !json || columns == nil else {
      throw ValidationError("--json has all columns: leave out --columns")
    }
  }

  /// The lines to show; unlike for a change, an id may match lines of several batches.
  private var selection: Selection {
    var selection = age.selection(of: which)
    selection.mayNameSeveral = true
    return selection
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let store = AudioStore(root: workplace.state.path)
    try workplace.reading { table in
      let shown: Int
      if json {
        shown = try eachLine(of: table) { line in
          try Console.print(json: line.json(path: line.digest.map(store.path(of:))))
        }
      } else {
        shown = Console.isTerminal ? try printTable(table) : try printPlain(table)
      }
      try note(shown, in: table)
    }
  }

  private func eachLine(of table: JobTable, _ body: (LineRow) throws -> Void) throws -> Int {
    try table.lines(
      selection, in: LineOrder(sort, isReversed: reverse), offset: offset,
      limit: all ? nil : limit, each: body)
  }

  private func printPlain(_ table: JobTable) throws -> Int {
    let columns = columns?.names ?? LineColumn.ofPipe
    let ink = color.ink
    return try eachLine(of: table) { line in
      var row = Table(columns.map(Table.Column.init))
      // An empty text stays empty; a missing figure is a hyphen.
      row.append(
        columns.map { column in
          column.cell(of: line) { $0.rfc3339 } ?? (column == .error ? "" : "-")
        })
      row.plain(ink).forEach(Console.print)
    }
  }

  private func printTable(_ table: JobTable) throws -> Int {
    let columns = columns?.names ?? LineColumn.ofTerminal
    var rows = Table(columns.map(Table.Column.init))
    let shown = try eachLine(of: table) { line in
      // A complaint is a sentence, and has a line of its own below.
      let complaint = self.columns == nil ? line.complaint : nil
      let cells = columns.map { column in
        column == .why && complaint != nil ? "" : column.cell(of: line) { $0.local } ?? "-"
      }
      rows.append(cells, note: complaint)
    }
    if self.columns == nil { rows.dropEmptyColumns() }
    if shown > 0 { Pager.print(rows.lines(width: Console.width, ink: color.ink)) }
    return shown
  }

  /// Says if there is more than was shown, and ends with an error if nothing matches.
  private func note(_ shown: Int, in table: JobTable) throws {
    let unknown = try table.unknownIDs(in: selection)
    if shown == 0, selection.isEmpty, offset == 0, selection.age == .current {
      Console.note(StatusReport.nothing)
      throw ExitCode(ExitStatus.incomplete)
    }
    try LineOptions.demandMatch(shown, unknown)
    if !all, shown == limit { try noteRest(shown, in: table) }
    if !unknown.isEmpty { throw ExitCode(ExitStatus.incomplete) }
  }

  private func noteRest(_ shown: Int, in table: JobTable) throws {
    let count = try table.count(selection)
    guard count > offset + shown else { return }
    let range = offset == 0 ? "\(Figures.count(shown))" : "\(offset + 1) to \(offset + shown)"
    Console.note("\(range) of \(Figures.count(count)) lines; --all shows all of them")
  }

  /// Names of columns on the command line, separated by commas.
  struct Columns: ExpressibleByArgument {
    let names: [LineColumn]

    init?(argument: String) {
      let words = argument.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
      let names = words.compactMap(LineColumn.init(rawValue:))
      guard !names.isEmpty, names.count == words.count else { return nil }
      self.names = names
    }
  }
}

extension LineOrder.Key: ExpressibleByArgument {}

extension Table.Column {
  init(_ column: LineColumn) {
    self.init(
      heading: column.heading, isFlexible: column.isFlexible, isRight: column.isRight,
      isWhole: [.id, .line, .batch].contains(column), isState: column == .state)
  }
}
