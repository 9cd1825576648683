import ArgumentParser
import CSMCore
import CSMSQLite

/// `csm-enqueue cost`: what was paid, and what will be.
struct Cost: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what all cost so far, and what is still to come.",
    discussion: """
      SETTLED is what fal said that it billed; ASSUMED was spoken at the price set aside, since fal did \
      not say; RESERVED is set aside for what is at fal; UNKNOWN for submits of which nobody knows what \
      became; these four count as spent. ESTIMATED is what waits, at the price of now. Days are days of \
      UTC. A job that several groups share counts in each of them.
      """)

  @Option(help: "A row for each batch, day or voice.")
  var by: JobTable.CostGrouping?

  @Flag(help: "As JSON, an object a row.")
  var json = false

  func run() throws {
    let workplace = try Workplace()
    let rows = try workplace.reading { table in
      try table.costs(by: by, price: workplace.settings.rules.price)
    }
    guard !rows.isEmpty else {
      Console.note("nothing was sent yet")
      throw ExitCode(1)
    }
    guard !json else {
      for row in rows { try Console.print(json: CostJSON(row: row, grouping: by)) }
      return
    }
    var table = Table(columns)
    for row in rows { table.append(cells(row)) }
    (Console.isTerminal ? table.lines(width: Console.width) : table.plain).forEach(Console.print)
  }

  private var columns: [Table.Column] {
    [Table.Column(heading: by?.rawValue.uppercased() ?? "WHAT", isFlexible: true)]
      + ["JOBS", "CHARS", "ESTIMATED", "RESERVED", "UNKNOWN", "ASSUMED", "SETTLED", "SPENT"]
      .map { Table.Column(heading: $0, isRight: true) }
  }

  private func cells(_ row: JobTable.CostRow) -> [String] {
    let money = [
      row.estimated, row.reserved, row.unknown, row.assumed, row.settled, row.spent,
    ]
    return [
      row.name ?? (by == nil ? "all" : "-"), String(row.jobs), String(row.characters),
    ] + money.map { $0.map { "$\($0.dollars)" } ?? "-" }
  }
}

extension JobTable.CostGrouping: ExpressibleByArgument {}

/// What a group costs, as JSON.
private struct CostJSON: Encodable {
  let row: JobTable.CostRow
  let grouping: JobTable.CostGrouping?

  enum CodingKeys: String, CodingKey {
    case batch, day, voice, jobs, chars
    case estimated = "estimated_usd"
    case reserved = "reserved_usd"
    case unknown = "unknown_usd"
    case assumed = "assumed_usd"
    case settled = "settled_usd"
    case spent = "spent_usd"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch grouping {
    case .batch: try values.encode(row.name, forKey: .batch)
    case .day: try values.encode(row.name, forKey: .day)
    case .voice: try values.encode(row.name, forKey: .voice)
    case nil: break
    }
    try values.encode(row.jobs, forKey: .jobs)
    try values.encode(row.characters, forKey: .chars)
    try values.encode(row.estimated?.decimal, forKey: .estimated)
    try values.encode(row.reserved.decimal, forKey: .reserved)
    try values.encode(row.unknown.decimal, forKey: .unknown)
    try values.encode(row.assumed.decimal, forKey: .assumed)
    try values.encode(row.settled.decimal, forKey: .settled)
    try values.encode(row.spent.decimal, forKey: .spent)
  }
}
