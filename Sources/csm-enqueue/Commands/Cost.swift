import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue cost`: what was spent, and what is still to come.
struct Cost: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what was spent, and what is still to come.",
    discussion: """
      SETTLED is what fal reported as billed. ASSUMED is audio without such a report, at the price that \
      was reserved for it. RESERVED is for requests at fal, and UNKNOWN for submits whose outcome is \
      unknown. These four add up to SPENT. REROLLS is the part of SPENT for takes that csmd made by \
      itself because audio was bad. ESTIMATED is for lines that wait, at today's price. Days are in UTC. \
      A job that several groups share counts in each of them.

      Example:
        csm-enqueue cost --by batch
      """)

  @Option(help: "Group by batch, day or voice.")
  var by: JobTable.CostGrouping?

  @Flag(help: "Print JSON, one object per row.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let rows = try workplace.reading { table in
      try table.costs(by: by, price: workplace.settings.rules.price)
    }
    guard !rows.isEmpty else {
      Console.note("nothing sent yet")
      throw ExitCode(ExitStatus.incomplete)
    }
    guard !json else {
      for row in rows { try Console.print(json: row.json(by: by)) }
      return
    }
    var table = Table(columns)
    for row in rows { table.append(cells(row)) }
    // A column without a figure is of no use to a person.
    if Console.isTerminal { table.dropEmptyColumns() }
    (Console.isTerminal ? table.lines(width: Console.width) : table.plain()).forEach(Console.print)
  }

  private var columns: [Table.Column] {
    [Table.Column(heading: by?.rawValue.uppercased() ?? "WHAT", isFlexible: true)]
      + [
        "JOBS", "CHARS", "ESTIMATED", "RESERVED", "UNKNOWN", "ASSUMED", "SETTLED", "SPENT",
        "REROLLS",
      ]
      .map { Table.Column(heading: $0, isRight: true) }
  }

  private func cells(_ row: JobTable.CostRow) -> [String] {
    func shown(_ money: Money?) -> String { money.map { "$\($0.dollars)" } ?? "-" }
    func few(_ money: Money?) -> String {
      Console.isTerminal && money == .zero ? "-" : shown(money)
    }
    let parts = [row.estimated, row.reserved, row.unknown, row.assumed, row.settled].map(few)
    return [row.name ?? (by == nil ? "all" : "-"), String(row.jobs), String(row.characters)]
      + parts + [shown(row.spent), few(row.rerolls)]
  }
}

extension JobTable.CostGrouping: ExpressibleByArgument {}
