import CSMCore
import CSMSQLite
import CSMWorkplace
import Foundation

/// What became of a batch, for reading in the morning.
package struct NightReport {
  package let status: StatusReport
  package let night: JobTable.Night
  /// When gates were closed, from the first submit until the work ended.
  package let closings: [JobTable.Closing]
  /// The playing time of all lines, in milliseconds.
  package private(set) var milliseconds = 0
  /// Lines by mark, most frequent first.
  package private(set) var checks: [(name: String, lines: Int)] = []
  /// Lines with audio, and lines with audio without a mark.
  package private(set) var spoken = 0
  package private(set) var good = 0
  /// What all lines would cost once, at the current price.
  package let estimate: Money
  package let batch: String

  /// The length of a time slot, in milliseconds.
  package static let slot: Int64 = 5 * 60 * 1000

  /// Reads the report from the table.
  ///
  /// - Throws: `Failure` if there is no such batch, `TableError`.
  package init(_ workplace: Workplace, batch: String) throws {
    self.batch = batch
    status = try StatusReport(workplace, batch: batch)
    var selection = Selection()
    selection.batch = batch
    var counts: [String: Int] = [:]
    var (milliseconds, spoken, good) = (0, 0, 0)
    let goesOn = status.end == nil
    let now = status.now
    (night, closings) = try workplace.reading { table in
      try table.lines(selection, in: .added, limit: nil) { line in
        guard line.digest != nil else { return }
        spoken += 1
        if line.isGood { good += 1 }
        milliseconds += line.durationMilliseconds ?? 0
        for mark in line.marks { counts[mark.check.rawValue, default: 0] += 1 }
      }
      let night = try table.night(of: batch, slot: Self.slot)
      let end = goesOn ? now : night.end ?? now
      return (night, try night.begin.map { try table.closings(from: $0, to: end) } ?? [])
    }
    (self.milliseconds, self.spoken, self.good) = (milliseconds, spoken, good)
    checks = counts.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    estimate = workplace.settings.rules.price.of(characters: night.characters)
  }

  /// From the first submit to the end of the last line; nil before there are both.
  package var duration: Duration? {
    guard let begin = night.begin, let end = night.end else { return nil }
    return max(.zero, end.since(begin))
  }

  /// The average number of lines ended per hour; nil if it cannot be computed.
  package var perHour: Double? {
    guard let duration, duration.seconds > 0 else { return nil }
    return Double(night.slots.reduce(0) { $0 + $1.stored + $1.failed }) / duration.seconds * 3600
  }

  /// The same for people; nil if all took less than a minute, since it says nothing then.
  package var shownPerHour: String? {
    guard let duration, duration >= .seconds(60) else { return nil }
    return perHour.map { Figures.count(Int($0.rounded())) }
  }

  /// Stretches of two slots or more in which nothing ended, and their total length.
  package var pauses: (count: Int, length: Duration) {
    let gaps = zip(night.slots, night.slots.dropFirst()).map { $1.slot - $0.slot - 1 }
      .filter { $0 > 1 }
    return (gaps.count, .milliseconds(gaps.reduce(0, +) * Self.slot))
  }

  // MARK: As people read it

  package var sentences: [String] {
    let cancelled = status.count(.cancelled)
    var sentences = [
      "\(batch): \(Figures.count(spoken)) of \(Figures.count(status.total, "line")) spoken, "
        + (cancelled > 0 ? "\(Figures.count(cancelled)) cancelled, " : "")
        + "\(Figures.duration(.milliseconds(milliseconds))) of audio"
    ]
    if let begin = night.begin, let end = night.end, let duration {
      let rate = shownPerHour.map { ", \($0) lines an hour" } ?? ""
      sentences.append(
        "from \(begin.local) to \(end.local): \(Figures.duration(duration))\(rate)")
    }
    if pauses.count > 0 {
      sentences.append(
        "nothing ended for \(Figures.duration(pauses.length)) of that time, in "
          + Figures.count(pauses.count, "pause"))
    }
    sentences += gateSentences
    sentences.append(
      "cost \(Figures.money(status.standing.cost)), estimated \(Figures.money(estimate))"
        + (status.budget.map { ", of a budget of \(Figures.exact($0.limit))" } ?? "")
    )
    if night.otherTakes > 0 {
      sentences.append(
        "\(Figures.count(night.otherTakes, "further take")), \(Figures.count(night.rerolls)) of them made by "
          + "csmd for bad audio")
    }
    if spoken > 0 {
      sentences.append(
        "\(Figures.count(good, "line")) \(good == 1 ? "sounds" : "sound") fine"
          + (checks.isEmpty
            ? ""
            : "; odd: "
              + checks.map { "\(Figures.count($0.lines)) \($0.name)" }.joined(separator: ", ")))
    }
    return sentences
      + status.sentences.dropFirst(status.standing.gates.isEmpty ? 1 : 0)
      .filter { !$0.hasPrefix("cost so far") }
  }

  // MARK: As scripts read it

  package var json: JSONObject {
    let rate: [JSONObject] = night.slots.map { slot in
      [
        "at": Timestamp(milliseconds: slot.slot * Self.slot).rfc3339, "stored": slot.stored,
        "failed": slot.failed,
      ]
    }
    return status.json.adding("spoken", spoken).adding("good", good)
      .adding("audio_s", Decimal(milliseconds) / 1000)
      .adding("checks", Dictionary(uniqueKeysWithValues: checks.map { ($0.name, $0.lines) }))
      .adding("begin_at", night.begin?.rfc3339).adding("end_at", night.end?.rfc3339)
      .adding("duration_s", duration?.seconds).adding("per_hour", perHour)
      .adding("idle_s", pauses.length.seconds).adding("gated_s", gatedLength.seconds)
      .adding("gates_closed", gateTimes.map(\.json)).adding("estimate_usd", estimate.decimal)
      .adding("other_takes", night.otherTakes).adding("rerolls", night.rerolls)
      .adding("rate", rate)
  }
}
