import CSMCore
import CSMSQLite
import Foundation

// The report for people: what holds everything up, the figures, and what to do next.

extension StatusReport {
  package var sentences: [String] {
    obstacles + figures + work + standing.causes.flatMap(sentences) + advice + heardSentences
  }

  /// What only a person or the clock can end, a sentence each.
  package var obstacles: [String] {
    standing.gates.map { $0.sentence(at: now) }
      + standing.budgets.filter(\.isExhausted).map(sentence)
  }

  /// The report of an empty table.
  package static let nothing = "no lines yet: csm-enqueue add FILE queues the lines of a file"

  private var figures: [String] {
    guard batch != nil || total > 0 || standing.cost > .zero else { return [Self.nothing] }
    let states = JobState.Name.allCases.filter { count($0) > 0 }
      .map { "\(Figures.count(count($0))) \($0.rawValue)" }
    var sentences = [
      "\(batch ?? "all batches"): \(Figures.count(total, "line"))"
        + (states.isEmpty ? "" : ": \(states.joined(separator: ", "))")
    ]
    if standing.waitingForTurns > 0 {
      sentences.append(
        "\(Figures.count(standing.waitingForTurns, "line")) waiting for earlier turns to be "
          + "spoken")
    }
    sentences.append(cost)
    if open > 0, let reach = standing.reach { sentences.append(reach.sentence(at: now)) }
    if let complaint = standing.account?.clockComplaint { sentences.append(complaint) }
    return sentences
  }

  private var cost: String {
    var cost = "cost so far \(Figures.money(standing.cost))"
    if open > 0 || standing.formerOpen > 0 {
      cost += ", about \(Figures.money(projected)) when all is done"
    }
    if let budget { cost += ", of a budget of \(Figures.exact(budget.limit))" }
    return cost
  }

  private var work: [String] {
    var sentences: [String] = []
    if standing.formerOpen > 0 {
      sentences.append(
        "\(Figures.count(standing.formerOpen, "job")) of earlier words and other takes not ended yet: "
          + "csm-enqueue list --former")
    }
    if standing.takesEndedBadly > 0 {
      sentences.append(
        "\(Figures.count(standing.takesEndedBadly, "new take")) FAILED or HELD; their lines keep what they "
          + "have: csm-enqueue list --former --state FAILED --state HELD")
    }
    if open > 0 {
      sentences += [pace].filter { !$0.isEmpty }
      sentences.append(isRunning ? "csmd is running" : Self.unattended)
    } else if isJudging {
      sentences.append("csmd is still judging the audio, and may speak bad lines again")
    }
    if let keeper {
      sentences.append("\(keeper): nothing can be written until it continues or exits")
    }
    if let grownLog { sentences.append("\(grownLog)") }
    return sentences
  }

  /// The notice that no csmd works on the lines.
  package static let unattended = "csmd is not running here: lines wait until it is"

  private var pace: String {
    let rate = perMinute.map { "\(String(format: "%.1f", $0)) lines a minute" }
    let rest = remaining.map { "about \(Figures.duration($0)) left" }
    let oldest = standing.oldestOpen.map { "oldest added \(Figures.duration(now.since($0))) ago" }
    return [rate, rest, oldest].compactMap(\.self).joined(separator: ", ")
  }

  /// What a person may do about lines that did not end well.
  private var advice: [String] {
    let of = selector
    var advice: [String] = []
    if standing.inDoubtSince != nil { advice += doubt }
    let withoutAudio = standing.causes.filter { $0.state == .completed }.reduce(0) { $0 + $1.lines }
    if withoutAudio >= RecentResults.enough {
      advice.append(
        "csmd keeps looking for the audio of these \(Figures.count(withoutAudio)) COMPLETED lines, and "
          + "sends nothing new until a line gets its audio")
    }
    if count(.failed) > 0 {
      advice.append(
        "what fal said about each: csm-enqueue list\(of) --state FAILED; to try all of them again: "
          + "csm-enqueue retry\(of) --failed")
    }
    if count(.held) > 0 {
      advice.append("HELD lines wait for your decision: csm-enqueue list\(of) --state HELD")
    }
    return advice
  }

  /// What becomes of submits with an unknown outcome, and how to decide that now.
  private var doubt: [String] {
    let price = Figures.money(rules.price.of(characters: standing.charactersInDoubt))
    return [
      "UNKNOWN: sent, but fal may not have accepted it; csmd looks for it in fal's list for "
        + "at most \(Figures.duration(rules.unknownGrace)), or twice that if it cannot be read, then "
        + (rules.resubmitsUnknown ? "sends it again" : "holds it for you to decide"),
      "  to decide now: csm-enqueue retry\(selector) --state UNKNOWN looks once more and then sends again "
        + "(up to \(price) may be paid twice); csm-enqueue cancel\(selector) --state UNKNOWN looks once more "
        + "and then gives up (fal may have billed it)",
    ]
  }

  /// The option that names these lines in a command.
  private var selector: String { batch.map { " --batch \(ShellWord.quoted($0))" } ?? "" }

  /// `9 FAILED, rejected: L17, L203 and 7 more`, the message of the first, and what to do next.
  private func sentences(_ cause: JobTable.Cause) -> [String] {
    let names = cause.first.map { batch == nil ? $0.description : $0.line }
    let more = cause.lines - names.count
    let lines =
      "\(Figures.count(cause.lines)) \(cause.state.rawValue), \(cause.kind): "
      + names.joined(separator: ", ") + (more > 0 ? " and \(Figures.count(more)) more" : "")
    let message = cause.message.map { "  said: \($0)" }
    return [lines, message, cause.nextStep(selector).map { "  next: \($0)" }].compactMap(\.self)
  }

  private func sentence(_ budget: JobTable.BudgetRow) -> String {
    let since = budget.exhaustedAt.map { " for \(Figures.duration(now.since($0)))" } ?? ""
    return "BUDGET\(since): batch \(budget.sentence)"
  }
}
