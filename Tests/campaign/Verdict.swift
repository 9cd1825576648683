/// The result of one trial.
struct Verdict: Sendable {
  /// Violations, in sentences.
  var complaints: [String] = []
  /// What happened, with counts.
  var figures: [String: Int] = [:]

  mutating func count(_ figure: String, _ number: Int = 1) {
    figures[figure, default: 0] += number
  }
}

/// One trial of a campaign.
struct Trial: Sendable {
  /// A name that no other trial has.
  let name: String
  let body: @Sendable (inout Verdict) async throws -> Void
}

/// The results of many trials.
struct Tally: Sendable {
  private(set) var trials = 0
  private(set) var failed = 0
  private(set) var figures: [String: Int] = [:]

  /// Runs the trials, `width` of them in parallel, and prints the complaints of each.
  ///
  /// An error of a trial counts as a complaint: what cannot be checked may be wrong.
  static func of(_ trials: [Trial], width: Int) async -> Tally {
    var tally = Tally()
    await withTaskGroup(of: (Trial, Verdict).self) { group in
      var rest = trials.makeIterator()
      func begin(_ trial: Trial?) {
        guard let trial else { return }
        group.addTask { (trial, await trial.verdict()) }
      }
      for _ in 0..<max(1, width) { begin(rest.next()) }
      for await (trial, verdict) in group {
        // A trial that was interrupted has no result.
        if Task.isCancelled { continue }
        begin(rest.next())
        tally.add(trial, verdict)
      }
    }
    return tally
  }

  private mutating func add(_ trial: Trial, _ verdict: Verdict) {
    trials += 1
    figures.merge(verdict.figures, uniquingKeysWith: +)
    if !verdict.complaints.isEmpty { failed += 1 }
    for complaint in verdict.complaints.prefix(3) { say("  \(trial.name): \(complaint)") }
  }

  mutating func add(_ other: Tally) {
    trials += other.trials
    failed += other.failed
    figures.merge(other.figures, uniquingKeysWith: +)
  }

  /// The result on one line: `520 trials, 20 missed, 500 struck; 0 violations`.
  var line: String {
    let counts = figures.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return (["\(trials) trials"] + counts).joined(separator: ", ") + "; \(failed) violations"
  }
}

extension Trial {
  fileprivate func verdict() async -> Verdict {
    var verdict = Verdict()
    do {
      try await body(&verdict)
    } catch {
      verdict.complaints.append("the trial ended with an error: \(error)")
    }
    return verdict
  }
}
