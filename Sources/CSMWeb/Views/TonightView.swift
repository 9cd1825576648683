import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// The progress of the night, as JSON for the page.
struct TonightView {
  let json: JSONObject

  /// How many batches are shown.
  private static let barsMax = 200
  /// How far back the plot goes, and how many columns it has.
  private static let past: Duration = .seconds(12 * 3600)
  private static let parts = 120

  init(_ table: JobTable, in workplace: Workplace, at now: Timestamp) throws {
    let report = try StatusReport(workplace, batch: nil, table: table, at: now)
    let bars = try table.bars()
    let start = try table.courseStart(since: now - Self.past) ?? now
    let each = max(.seconds(1), now.since(start) / (Self.parts - 1))
    let course = try table.course(since: start, parts: Self.parts, each: each)
    json = [
      "is_empty": bars.isEmpty, "status": report.json,
      "holdups": Self.holdups(report), "sentences": report.sentences,
      "reach": report.standing.reach?.sentence(at: now),
      "batches": bars.prefix(Self.barsMax).map(Self.bar), "batch_count": bars.count,
      "now": now.rfc3339, "runners": report.count(.inProgress),
      "at_fal": report.count(.inProgress, .inQueue),
      "course": [
        "start": start.rfc3339, "each_s": each.seconds, "ended": course.map(\.ended),
        "cost_usd": course.map(\.cost.decimal),
      ] as JSONObject,
    ]
  }

  /// The report before the first line is added.
  static var empty: JSONObject { ["is_empty": true, "batches": [String]()] }

  private static func bar(_ bar: JobTable.Bar) -> JSONObject {
    let lines = Dictionary(uniqueKeysWithValues: bar.lines.map { ($0.key.rawValue, $0.value) })
    return [
      "batch": bar.batch, "created_at": bar.createdAt.rfc3339, "lines": lines, "total": bar.total,
    ]
  }

  /// What keeps lines waiting, in the words of `status`.
  private static func holdups(_ report: StatusReport) -> [String] {
    let gates = report.standing.gates.map { $0.sentence(at: report.now) }
    let budgets = report.standing.budgets.filter(\.isExhausted).map { "batch \($0.sentence)" }
    let absence = report.open > 0 && !report.isRunning ? [StatusReport.unattended] : []
    return gates + budgets + absence + [report.keeper.map { "\($0)" }].compactMap(\.self)
  }
}
