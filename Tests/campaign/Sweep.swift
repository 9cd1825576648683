import CSMCore
import Foundation
import Simulation

/// A program on the way from a file to audio, at whose calls a sweep strikes.
enum Subject: String, Sendable, CaseIterable {
  /// `csm-enqueue add`, into an empty state directory.
  case add
  /// The daemon, from its first start until everything is stored.
  case night
  /// The daemon, started again after a kill at some call of its night.
  case recovery
}

/// A trial that strikes at one call of a program, then does what a person and systemd would do, and checks
/// everything.
struct StruckTrial: Sendable {
  let subject: Subject
  /// For a recovery, the number of the call at which the daemon was killed before.
  var firstKill = 0
  let faults: Faults
  /// How long the struck program may take before it is killed; it may wait for the fault to end.
  var patience: Duration = .seconds(240)

  /// How many lines are added.
  var lines = 3

  var name: String {
    let before = subject == .recovery ? " after a kill at \(firstKill)" : ""
    return "\(subject.rawValue)\(before), \(faults)"
  }

  /// Runs the struck program on a new stage.
  ///
  /// - Returns: how it ended, its calls, and whether the lines were acknowledged.
  func strike(_ stage: Stage) async throws -> (
    ending: Ending, calls: [SystemCall], isAdded: Bool
  ) {
    let (path, _) = try stage.write("b", lines: lines)
    if subject == .add {
      let (ending, calls) = try await stage.run("csm-enqueue", ["add", path], faults)
      return (ending, calls, ending.status == .exit(0))
    }
    let added = try await stage.enqueue("add", path)
    guard added.status == .exit(0) else { throw Unfit("add: \(added)") }
    if subject == .recovery {
      let first = Faults(at: firstKill)
      _ = try await stage.run("csmd", ["run", "--until-idle"], first)
    }
    let (ending, calls) = try await stage.run(
      "csmd", ["run", "--until-idle"], faults, within: patience)
    return (ending, calls, true)
  }

  /// Runs the whole trial.
  ///
  /// - Parameter judge: returns complaints about how the struck program ended, given whether it was struck.
  func run(
    _ theatre: Theatre, _ number: Int, _ verdict: inout Verdict,
    judge: (Ending, Bool) -> [String]
  ) async throws {
    let stage = try theatre.stage("\(subject.rawValue)-\(number)")
    let (ending, calls, isAdded) = try await strike(stage)
    let isStruck = calls.contains(where: \.isStruck)
    verdict.count(isStruck ? "struck" : "missed")
    verdict.complaints += judge(ending, isStruck)
    let (path, written) = try stage.write("b", lines: lines)
    if isAdded, subject == .add {
      verdict.complaints += try stage.findings(written).violations
    }
    if !isAdded {
      let again = try await stage.enqueue("add", path)
      if again.status != .exit(0) { verdict.complaints.append("add again: \(again)") }
    }
    try await stage.settle(written, &verdict)
  }
}

extension Stage {
  /// Finishes the work as a person and systemd would, and checks everything.
  func settle(_ lines: [Acknowledged], _ verdict: inout Verdict) async throws {
    var night = try await night()
    if night.status == .exit(2) {
      // Sent, not answered and not found: a person sends it again.
      verdict.count("held and retried")
      _ = try await enqueue("retry", "--held")
      night = try await self.night()
    }
    if night.status != .exit(0) { verdict.complaints.append("the night after: \(night)") }
    let findings = try findings(lines)
    verdict.complaints += findings.violations + findings.unfinished
    let stored = findings.states[.stored] ?? 0
    // An `add` that died before it acknowledged its lines may still have added them.
    if stored < lines.count || findings.states.count != 1 {
      verdict.complaints.append("at the end: \(findings.states)")
    }
  }
}

extension Theatre {
  /// The calls of a subject when nothing strikes.
  func rehearsal(_ subject: Subject, calls: [String], firstKill: Int = 0) async throws
    -> [SystemCall]
  {
    let stage = try stage("rehearsal-\(subject.rawValue)-\(firstKill)")
    let trial = StruckTrial(
      subject: subject, firstKill: firstKill, faults: Faults(calls: calls, at: 0))
    let (ending, made, _) = try await trial.strike(stage)
    guard ending.status == .exit(0) || subject == .recovery else { throw Unfit("\(ending)") }
    return made
  }
}

extension Setting {
  /// All elements, or in the short form `count` of them, chosen by the seed.
  func some<Element>(_ elements: [Element], short count: Int) -> [Element] {
    guard short, elements.count > count, count > 0 else { return elements }
    let step = Double(elements.count) / Double(count)
    let offset = Double(seed % 1000) / 1000 * step
    return (0..<count).map { elements[min(elements.count - 1, Int(offset + Double($0) * step))] }
  }
}
