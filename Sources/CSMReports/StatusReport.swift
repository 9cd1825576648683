import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// The status of a batch, or of everything.
package struct StatusReport {
  package let batch: String?
  package let standing: JobTable.Standing
  package let isRunning: Bool
  /// Who has long kept others from writing; nil for nobody.
  package let keeper: LockBusy?
  /// The database's log, if somebody lets it grow while csmd runs.
  package let grownLog: GrownLog?
  /// What the audio checks found; nil if not asked for, or for all batches.
  package private(set) var heard: JobTable.Heard?
  package let now: Timestamp
  let rules: Rules

  /// The time over which the rate is computed.
  private static let lately: Duration = .seconds(900)

  /// - Parameters:
  ///   - explains: also reports why lines failed or are held.
  ///   - hears: also reports on the audio; for a large batch, from a sample.
  ///   - table: an open table; nil to open one.
  package init(
    _ workplace: Workplace, batch: String?, explains: Bool = true, hears: Bool = false,
    table: JobTable? = nil,
    at now: Timestamp = Workplace.now()
  ) throws {
    self.batch = batch
    self.now = now
    rules = workplace.settings.rules
    isRunning = workplace.isAttended
    keeper = WriteGate.keeper(path: workplace.state.writeGate)
    grownLog = isRunning ? GrownLog(ofDatabase: workplace.state.database) : nil
    let since = now - Self.lately
    let price = workplace.settings.rules.price
    func look(_ table: JobTable) throws -> (JobTable.Standing, JobTable.Heard?) {
      if let batch { try table.demandBatch(batch) }
      return (
        try table.standing(batch: batch, lately: since, price: price, explains: explains),
        hears ? try batch.map { try table.heard(batch: $0, max: JobTable.heardMax) } : nil
      )
    }
    (standing, heard) = try table.map(look) ?? workplace.reading(look)
  }

  /// What a person should know about the audio, in sentences.
  package var heardSentences: [String] {
    batch.flatMap { heard?.sentences(batch: $0) } ?? []
  }

  /// The batch's own budget; nil for none, or for all batches.
  var budget: JobTable.BudgetRow? { standing.budgets.first { $0.batch == batch } }

  package var total: Int { standing.lines.values.reduce(0, +) }

  package func count(_ states: JobState.Name...) -> Int {
    states.reduce(0) { $0 + (standing.lines[$1] ?? 0) }
  }

  /// Lines that csmd has not finished with.
  package var open: Int { total - count(.stored, .failed, .cancelled, .held) }

  /// Recently ended jobs per minute; nil if there are too few.
  package var perMinute: Double? {
    guard let first = standing.firstFinishedLately, standing.finishedLately > 1 else { return nil }
    return Double(standing.finishedLately) / max(1, now.since(first).seconds) * 60
  }

  /// How long the work will take; nil if that cannot be estimated.
  ///
  /// Searches for lost submits end with their grace period, whatever the pace of the other lines.
  package var remaining: Duration? {
    let search = standing.inDoubtSince.map { max(.zero, ($0 + rules.unknownGrace).since(now)) }
    let stuck = standing.causes.filter { !$0.state.isEnded && $0.state != .unknown }
      .reduce(0) { $0 + $1.lines }
    let going = open - standing.waitingForBudget - stuck - count(.unknown)
    guard going > 0 else { return count(.unknown) > 0 ? search : nil }
    guard let perMinute, standing.gates.isEmpty else { return nil }
    return max(.seconds(Double(going) / perMinute * 60), search ?? .zero)
  }

  /// The final cost of everything, if nothing is sent twice.
  package var projected: Money {
    standing.cost + rules.price.of(characters: standing.charactersLeft)
  }

  /// The exit status for scripts.
  package var concern: ExitStatus {
    if count(.held, .unknown) > 0 { return .undecided }
    if count(.failed) > 0 { return .incomplete }
    // Of all gates, only the disk's holds up what is out.
    let isGated = standing.gates.contains {
      standing.waiting.due > 0 || ($0.name == .disk && standing.out > 0)
    }
    return isGated || standing.waiting.forBudget > 0 ? .gated : .success
  }
}

extension Gate {
  /// How long the gate has been closed, what opens it, and why it is closed.
  package func sentence(at now: Timestamp) -> String {
    let next =
      probeAt.map { ", next check in \(Figures.duration($0.since(now)))" }
      ?? ", until csm-enqueue resume"
    return
      "\(name.rawValue.uppercased()) for \(Figures.duration(now.since(since)))\(next): \(reason)"
  }
}

extension JobTable.Reach {
  /// `balance $9.94 (read 2 min 3 s ago): reaches about line 4,140 of 5,000`.
  package func sentence(at now: Timestamp) -> String {
    let age = Figures.duration(now.since(account.readAt))
    guard left > .zero else {
      return "balance \(Figures.money(left)) (read \(age) ago): used up by what has been sent"
    }
    let how =
      line < lines ? "about line \(Figures.count(line)) of \(Figures.count(lines))" : "the end"
    return "balance \(Figures.money(left)) (read \(age) ago): reaches \(how)"
  }
}
