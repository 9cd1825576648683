import CSMCore
import Foundation
import Simulation

/// One program on the way from a file to audio, at whose calls a sweep strikes.
enum Subject: String, Sendable, CaseIterable {
  /// `csm-enqueue add`, into nothing.
  case add
  /// The daemon, from its first start until everything is stored.
  case night
  /// The daemon, after it was killed at some call of its night.
  case recovery
}

/// A trial that strikes at one call of one program, does then what a person and systemd would do, and
/// looks whether everything is as promised.
struct StruckTrial: Sendable {
  let subject: Subject
  /// Where the daemon was killed before, for a recovery.
  var firstKill = 0
  let faults: Faults
  /// How long the struck program may take: one that waits for better times is killed.
  var patience: Duration = .seconds(60)

  /// How many lines are on the way.
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

  /// The whole trial.
  ///
  /// - Parameter judge: looks at how the struck program ended.
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
  /// Brings the work to its end, as a person and systemd would, and checks everything.
  func settle(_ lines: [Acknowledged], _ verdict: inout Verdict) async throws {
    var night = try await night()
    if night.status == .exit(2) {
      // Sent, not answered, not found: the person looks, and sends it again.
      verdict.count("held and retried")
      _ = try await enqueue("retry", "--held")
      night = try await self.night()
    }
    if night.status != .exit(0) { verdict.complaints.append("the night after: \(night)") }
    let findings = try findings(lines)
    verdict.complaints += findings.violations + findings.unfinished
    let stored = findings.states[.stored] ?? 0
    // An addition that died before it could say so may be there all the same.
    if stored < lines.count || findings.states.count != 1 {
      verdict.complaints.append("in the end: \(findings.states)")
    }
  }
}

extension Theatre {
  /// The calls of a subject that nobody strikes at.
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
  /// All of them, or in the short form about so many, others with each seed.
  func some<Element>(_ elements: [Element], short count: Int) -> [Element] {
    guard short, elements.count > count, count > 0 else { return elements }
    let step = Double(elements.count) / Double(count)
    let offset = Double(seed % 1000) / 1000 * step
    return (0..<count).map { elements[min(elements.count - 1, Int(offset + Double($0) * step))] }
  }
}
