import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// Where a batch, or everything, stands.
package struct StatusReport {
  package let batch: String?
  package let standing: JobTable.Standing
  package let isRunning: Bool
  /// Who keeps everybody else from writing; nil where nobody does for long.
  package let keeper: LockBusy?
  /// The log of the database, where somebody lets it grow while csmd runs.
  package let grownLog: GrownLog?
  package let now: Timestamp
  private let rules: Rules

  /// The rate is counted over this time.
  private static let lately: Duration = .seconds(900)

  package init(
    _ workplace: Workplace, batch: String?, at now: Timestamp = Workplace.now()
  ) throws {
    self.batch = batch
    self.now = now
    rules = workplace.settings.rules
    isRunning = workplace.isAttended
    keeper = WriteGate.keeper(path: workplace.state.writeGate)
    grownLog = isRunning ? GrownLog(ofDatabase: workplace.state.database) : nil
    let since = now - Self.lately
    standing = try workplace.reading { table in
      if let batch { try table.demandBatch(batch) }
      return try table.standing(
        batch: batch, lately: since, price: workplace.settings.rules.price)
    }
  }

  package var total: Int { standing.lines.values.reduce(0, +) }

  package func count(_ states: JobState.Name...) -> Int {
    states.reduce(0) { $0 + (standing.lines[$1] ?? 0) }
  }

  /// Lines on which work goes on.
  package var open: Int { total - count(.stored, .failed, .cancelled, .held) }

  /// Jobs ended a minute, lately; nil where none was.
  package var perMinute: Double? {
    guard let first = standing.firstFinishedLately, standing.finishedLately > 1 else { return nil }
    return Double(standing.finishedLately) / max(1, now.since(first).seconds) * 60
  }

  /// When the work will be over at this rate; nil where that cannot be told.
  package var remaining: Duration? {
    let stuck = standing.causes.filter { !$0.state.isEnded }.reduce(0) { $0 + $1.lines }
    let going = open - standing.waitingForBudget - stuck
    guard going > 0, let perMinute, standing.gates.isEmpty else { return nil }
    return .seconds(Double(going) / perMinute * 60)
  }

  /// What all will have cost in the end, if nothing is sent twice.
  package var projected: Money {
    standing.cost + rules.price.of(characters: standing.charactersLeft)
  }

  /// What a script should know.
  package var concern: ExitStatus {
    if count(.held, .unknown) > 0 { return .undecided }
    if count(.failed) > 0 { return .incomplete }
    // Of all gates only that of the disk holds up what is out.
    let isGated = standing.gates.contains {
      standing.waiting.due > 0 || ($0.name == .disk && standing.out > 0)
    }
    return isGated || standing.waiting.forBudget > 0 ? .gated : .success
  }

  package var sentences: [String] {
    var sentences = standing.gates.map { $0.sentence(at: now) }
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
    if open > 0 || standing.formerOpen > 0 {
      money += ", about \(Figures.money(projected)) when all is done"
    }
    if batch != nil, let budget = standing.budgets.first {
      money += ", of a budget of \(Figures.money(budget.limit))"
    }
    sentences.append(money)
    if open > 0, let reach = standing.reach { sentences.append(reach.sentence(at: now)) }
    if let complaint = standing.account?.clockComplaint { sentences.append(complaint) }
    if standing.formerOpen > 0 {
      sentences.append(
        "\(Figures.count(standing.formerOpen, "job")) of earlier words and other takes not ended yet: "
          + "csm-enqueue list --former")
    }
    if standing.takesEndedBadly > 0 {
      sentences.append(
        "\(Figures.count(standing.takesEndedBadly, "new take")) FAILED or HELD, whose lines keep what they "
          + "have: csm-enqueue list --former --state FAILED --state HELD")
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
    if let keeper { sentences.append("\(keeper): until it goes on or ends, nothing is written") }
    if let grownLog { sentences.append("\(grownLog)") }
    return sentences + standing.causes.map(sentence) + advice
  }

  /// What a person may do about lines that did not end well.
  private var advice: [String] {
    let of = batch.map { " --batch \(ShellWord.quoted($0))" } ?? ""
    var advice: [String] = []
    if count(.unknown) > 0 {
      advice.append(
        "UNKNOWN was sent and not answered: csmd looks for it in fal's listing, for "
          + "\(Figures.duration(rules.unknownGrace)) at most, and then "
          + (rules.resubmitsUnknown ? "sends it again" : "holds it for a person to decide"))
    }
    let withoutAudio = standing.causes.filter { $0.state == .completed }.reduce(0) { $0 + $1.lines }
    if withoutAudio >= Yield.enough {
      advice.append(
        "csmd goes on looking for the audio of these \(Figures.count(withoutAudio)) COMPLETED lines, and "
          + "sends no more while no line gets any")
    }
    if count(.failed) > 0 {
      advice.append(
        "what fal said: csm-enqueue list\(of) --state FAILED; again: csm-enqueue retry\(of) --failed"
      )
    }
    if count(.held) > 0 {
      advice.append(
        "a person must decide: csm-enqueue list\(of) --state HELD, then retry or cancel")
    }
    return advice
  }

  /// `9 FAILED, rejected: L17, L203 and 7 more`.
  private func sentence(_ cause: JobTable.Cause) -> String {
    let names = cause.first.map { batch == nil ? "\($0.batch):\($0.line)" : $0.line }
    let more = cause.lines - names.count
    return "\(Figures.count(cause.lines)) \(cause.state.rawValue), \(cause.kind): "
      + names.joined(separator: ", ") + (more > 0 ? " and \(Figures.count(more)) more" : "")
  }

  private func sentence(_ budget: JobTable.BudgetRow) -> String {
    let since = budget.exhaustedAt.map { " for \(Figures.duration(now.since($0)))" } ?? ""
    return "BUDGET\(since): batch \(budget.sentence)"
  }
}

extension Gate {
  /// Since when nothing is sent, what opens the gate, and why it is closed.
  package func sentence(at now: Timestamp) -> String {
    let next =
      probeAt.map { ", next look in \(Figures.duration($0.since(now)))" }
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
