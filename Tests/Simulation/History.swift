import CSMCore
import CSMFiles
import GRDB

/// The transitions of one job, oldest first.
struct History {
  struct Step {
    let at: Timestamp
    let from: JobState.Name?
    let to: JobState.Name?
    let generation: Int
    let cause: String
    /// The number of the row, which orders the steps of all jobs.
    let number: Int64
    /// The whole row as text.
    let text: String
    let requestID: String?
  }

  private(set) var steps: [Step] = []

  static func all(_ db: Database) throws -> [Int64: History] {
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT id, job_id, at, from_state, to_state, generation, cause, request_id, error_class
        FROM transition
        ORDER BY id
        """)
    var histories: [Int64: History] = [:]
    while let row = try rows.next() {
      let (from, to): (String, String) = (row["from_state"], row["to_state"])
      let (number, id, at): (Int64, Int64, Int64) = (row["id"], row["job_id"], row["at"])
      let (generation, cause): (Int, String) = (row["generation"], row["cause"])
      let (request, problem): (String?, String?) = (row["request_id"], row["error_class"])
      histories[id, default: History()].steps.append(
        Step(
          at: Timestamp(milliseconds: at), from: JobState.Name(rawValue: from),
          to: JobState.Name(rawValue: to), generation: generation, cause: cause,
          number: number,
          text:
            "\(id) \(at) \(from) \(to) \(generation) \(cause) \(request ?? "") \(problem ?? "")",
          requestID: request))
    }
    return histories
  }

  /// The SHA-256 of all steps of all jobs, in hexadecimal.
  static func trace(_ histories: [Int64: History]) -> String {
    var text = ""
    for (_, history) in histories.sorted(by: { $0.key < $1.key }) {
      for step in history.steps { text += step.text + "\n" }
    }
    return Digest(of: [UInt8](text.utf8)).hex
  }
}

extension Invariants {
  /// Checks that the state machine allows each step, that each starts in the state in which the previous
  /// one ended, and that the row has the state of the last one.
  static func states(_ jobs: [CheckedJob], _ histories: [Int64: History]) -> [String] {
    jobs.flatMap { job in
      var complaints: [String] = []
      var state = JobState.Name.queued
      for step in histories[job.id]?.steps ?? [] {
        if step.from != state { complaints.append("job \(job.id) jumps: \(step.text)") }
        guard let to = step.to, state.next.contains(to) else {
          complaints.append("job \(job.id) may not make this step: \(step.text)")
          break
        }
        state = to
      }
      if state != job.state, complaints.isEmpty {
        complaints.append("job \(job.id) is \(job.state.rawValue), its history \(state.rawValue)")
      }
      return complaints
    }
  }

  /// Checks that nothing is paid for twice unless the history allows it, and that no request has two jobs.
  func payments(_ jobs: [CheckedJob], _ histories: [Int64: History]) -> [String] {
    var complaints: [String] = []
    var allowed: [SpeechRequest: Int] = [:]
    for job in jobs {
      let account = account(job, histories[job.id] ?? History())
      allowed[job.input, default: 0] += account.submits
      complaints += believed(histories[job.id] ?? History())
      complaints += account.complaints
    }
    // Takes of the same words have equal bodies, so they are counted together.
    for (input, entries) in Dictionary(grouping: ledger, by: \.input)
    where entries.count > allowed[input] ?? 0 {
      complaints.append(
        "\(entries.map(\.requestID)) were accepted, but \(allowed[input] ?? 0) POSTs were allowed: "
          + input.text)
    }
    for (id, owners) in Dictionary(grouping: jobs.filter { $0.requestID != nil }, by: \.requestID)
    where owners.count > 1 {
      complaints.append("request \(id ?? "") belongs to the jobs \(owners.map(\.id))")
    }
    return complaints.sorted()
  }

  /// Finds passing failures that were believed too early, and so paid for again.
  private func believed(_ history: History) -> [String] {
    let passing = Set(ledger.filter(\.seemsToFail).map(\.requestID))
    return history.steps.filter { step in
      step.cause == "failed_at_fal" && step.to == .queued
        && step.requestID.map(passing.contains) ?? false
    }
    .map { "a passing failure was believed: \($0.text)" }
  }

  /// How many POSTs of a job fal may have accepted according to its history, and what it did wrong.
  private func account(_ job: CheckedJob, _ history: History) -> (
    submits: Int, complaints: [String]
  ) {
    var submits = 0
    /// Whether a request may be at fal, or paid for.
    var isOut = false
    var lostAt: Timestamp?
    /// Whether a person has said `retry` since the last submit.
    var isRetried = false
    var complaints: [String] = []
    for step in history.steps {
      switch (step.to, step.cause) {
      case (.submitting, _):
        if isOut { complaints.append("job \(job.id) was sent again, but nobody allowed it") }
        isOut = true
        isRetried = false
        submits += 1
      case (.queued, "not_sent"), (.queued, "refused"), (.failed, "rejected"):
        isOut = false
        submits -= 1
      case (.unknown, "retried"), (.inQueue, "retried"): isRetried = true
      case (.unknown, _): lostAt = step.at
      case (.queued, "lost"):
        if !isRetried { complaints.append("job \(job.id) was put back: \(step.text)") }
        isOut = false
      case (.queued, "absent"):
        let waited = lostAt.map { step.at.since($0) } ?? .zero
        let isAllowed = policy.resubmitsAfter.map { waited + policy.writingMax >= $0 } ?? false
        if !isAllowed, !isRetried {
          complaints.append("job \(job.id) was put back too early: \(step.text)")
        }
        isOut = false
      case (.queued, "failed_at_fal"), (.queued, "retried"): isOut = false
      default: break
      }
    }
    return (submits, complaints)
  }
}
