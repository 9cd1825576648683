/// What one trial came to.
struct Verdict: Sendable {
  /// What must never be, in sentences.
  var complaints: [String] = []
  /// What happened, and how often.
  var figures: [String: Int] = [:]

  mutating func count(_ figure: String, _ number: Int = 1) {
    figures[figure, default: 0] += number
  }
}

/// Something to be tried once.
struct Trial: Sendable {
  /// What it is, in words that tell it from the others.
  let name: String
  let body: @Sendable (inout Verdict) async throws -> Void
}

/// What many trials came to.
struct Tally: Sendable {
  private(set) var trials = 0
  private(set) var failed = 0
  private(set) var figures: [String: Int] = [:]

  /// Makes the trials, some at the same time; prints each that found something.
  ///
  /// An error of a trial counts as a finding: what cannot be checked is not known to be well.
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

  /// One line: `500 kills, 20 missed; 0 violations`.
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
