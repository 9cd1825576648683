import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite
import Foundation

/// `csm-enqueue status`: the whole at a glance.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how far the work is, what it costs, and what holds it up.",
    discussion: """
      Exit code 2 when lines are held or unknown, 1 when some failed, 3 when a gate or a budget keeps lines \
      waiting, else 0.
      """)

  @Argument(help: "Only this batch.")
  var batch: String?

  @Flag(help: "As JSON.")
  var json = false

  func run() throws {
    let workplace = try Workplace()
    let report = try StatusReport(workplace, batch: batch)
    if json {
      try Console.print(json: report)
    } else {
      for sentence in report.sentences { Console.print(Printable.line(sentence)) }
    }
    if report.concern != 0 { throw ExitCode(report.concern) }
  }
}

/// Where a batch, or everything, stands.
struct StatusReport: Encodable {
  let batch: String?
  let standing: JobTable.Standing
  let isRunning: Bool
  private let now = Workplace.now()
  private let price: Price

  /// The rate is counted over this time.
  private static let lately: Duration = .seconds(900)

  init(_ workplace: Workplace, batch: String?) throws {
    self.batch = batch
    price = workplace.settings.rules.price
    isRunning = workplace.isAttended
    let since = now - Self.lately
    standing = try workplace.reading { table in
      if let batch, try !table.hasBatch(batch) {
        throw Failure("there is no batch \(batch)", exitCode: 1)
      }
      return try table.standing(batch: batch, lately: since)
    }
  }

  var total: Int { standing.lines.values.reduce(0, +) }

  func count(_ states: JobState.Name...) -> Int {
    states.reduce(0) { $0 + (standing.lines[$1] ?? 0) }
  }

  /// Lines on which work goes on.
  var open: Int { total - count(.stored, .failed, .cancelled, .held) }

  /// Jobs ended a minute, lately; nil where none was.
  var perMinute: Double? {
    guard let first = standing.firstFinishedLately, standing.finishedLately > 1 else { return nil }
    return Double(standing.finishedLately) / max(1, now.since(first).seconds) * 60
  }

  /// When the work will be over at this rate; nil where that cannot be told.
  var remaining: Duration? {
    let going = open - standing.waitingForBudget
    guard going > 0, let perMinute, standing.gates.isEmpty else { return nil }
    return .seconds(Double(going) / perMinute * 60)
  }

  /// What all will have cost in the end, if nothing is sent twice.
  var projected: Money { standing.cost + price.of(characters: standing.charactersLeft) }

  /// What a script should know, as an exit code; 0 when there is nothing.
  var concern: Int32 {
    if count(.held, .unknown) > 0 { return 2 }
    if count(.failed) > 0 { return 1 }
    return standing.gates.isEmpty && standing.waitingForBudget == 0 ? 0 : 3
  }

  var sentences: [String] {
    var sentences = standing.gates.map(sentence)
    sentences += standing.budgets.filter(\.isExhausted).map(sentence)
    let states = JobState.Name.allCases.filter { count($0) > 0 }
      .map { "\(Figures.count(count($0))) \($0.rawValue)" }
    sentences.append(
      "\(batch ?? "all batches"): \(Figures.count(total, "line")): "
        + (states.isEmpty ? "none" : states.joined(separator: ", ")))
    if standing.waitingForTurns > 0 {
      sentences.append(
        "\(Figures.count(standing.waitingForTurns, "line")) wait until the turns before them are "
          + "spoken")
    }
    var money = "cost so far \(Figures.money(standing.cost))"
    if open > 0 { money += ", about \(Figures.money(projected)) when all is done" }
    if batch != nil, let budget = standing.budgets.first {
      money += ", of a budget of \(Figures.money(budget.limit))"
    }
    sentences.append(money)
    if standing.formerOpen > 0 {
      sentences.append(
        "\(Figures.count(standing.formerOpen, "job")) of earlier words and takes not ended yet: "
          + "csm-enqueue list --former")
    }
    if open > 0 {
      let rate = perMinute.map { "\(String(format: "%.1f", $0)) lines a minute" }
      let rest = remaining.map { "about \(Figures.duration($0)) left" }
      let oldest = standing.oldestOpen.map { "oldest added \(Figures.duration(now.since($0))) ago" }
      sentences.append([rate, rest, oldest].compactMap(\.self).joined(separator: ", "))
    }
    if open > 0 {
      sentences.append(
        isRunning ? "csmd runs" : "csmd does not run here: lines wait until it does")
    }
    if count(.failed) > 0 {
      sentences.append(
        "why lines failed: csm-enqueue list --state FAILED; again: csm-enqueue retry --failed")
    }
    if count(.held) > 0 {
      sentences.append("a person must decide: csm-enqueue list --state HELD, then retry or cancel")
    }
    return sentences
  }

  private func sentence(_ gate: Gate) -> String {
    let next =
      gate.probeAt.map { ", next look in \(Figures.duration($0.since(now)))" }
      ?? ", until csm-enqueue resume"
    let since = Figures.duration(now.since(gate.since))
    return "\(gate.name.rawValue.uppercased()) for \(since)\(next): \(gate.reason)"
  }

  private func sentence(_ budget: JobTable.BudgetRow) -> String {
    let since = budget.exhaustedAt.map { " for \(Figures.duration(now.since($0)))" } ?? ""
    return "BUDGET\(since): batch \(budget.sentence)"
  }

  enum CodingKeys: String, CodingKey {
    case batch, gates, budgets, lines, total, open, eta, running
    case formerOpen = "former_open"
    case waitingForTurns = "waiting_for_turns"
    case perMinute = "per_minute"
    case remaining = "remaining_s"
    case cost = "cost_usd"
    case projected = "projected_usd"
    case oldest = "oldest_open_at"
  }

  private struct GateJSON: Encodable {
    let name: String
    let reason: String
    let since: String
    let probeAt: String?

    enum CodingKeys: String, CodingKey {
      case name, reason, since
      case probeAt = "probe_at"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(name, forKey: .name)
      try values.encode(reason, forKey: .reason)
      try values.encode(since, forKey: .since)
      try values.encode(probeAt, forKey: .probeAt)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(batch, forKey: .batch)
    try values.encode(
      standing.gates.map {
        GateJSON(
          name: $0.name.rawValue, reason: $0.reason, since: $0.since.rfc3339,
          probeAt: $0.probeAt?.rfc3339)
      }, forKey: .gates)
    try values.encode(standing.budgets.map(BudgetJSON.init(budget:)), forKey: .budgets)
    try values.encode(standing.formerOpen, forKey: .formerOpen)
    let lines = JobState.Name.allCases.map { ($0.rawValue, count($0)) }
    try values.encode(Dictionary(uniqueKeysWithValues: lines), forKey: .lines)
    try values.encode(standing.waitingForTurns, forKey: .waitingForTurns)
    try values.encode(total, forKey: .total)
    try values.encode(open, forKey: .open)
    try values.encode(perMinute, forKey: .perMinute)
    try values.encode(remaining?.seconds, forKey: .remaining)
    try values.encode(remaining.map { (now + $0).rfc3339 }, forKey: .eta)
    try values.encode(standing.cost.decimal, forKey: .cost)
    try values.encode(projected.decimal, forKey: .projected)
    try values.encode(standing.oldestOpen?.rfc3339, forKey: .oldest)
    try values.encode(isRunning, forKey: .running)
  }
}
