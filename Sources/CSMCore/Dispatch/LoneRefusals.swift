/// Submits that fal refuses while it takes others, such as those of a model that this key may not use:
/// they must neither keep the others waiting nor be tried for ever.
///
/// A refusal that may be about every submit is believed of one job only after others were accepted
/// between refusals of it, or after many, for it may be all that is left.
struct LoneRefusals: Sendable {
  private struct Row {
    var count = 0
    /// How often others were accepted between two refusals.
    var passings = 0
    var isPassed = false

    mutating func pass() {
      if !isPassed { passings += 1 }
      isPassed = true
    }
  }

  private var rows: [Job.ID: Row] = [:]

  /// The key may be refused to anybody for a moment, the model's name or the input's form hardly to one.
  private static let passingsMax = (auth: 3, others: 1)
  private static let countMax = 5
  /// How long a job lets others go first.
  private static let rest = Backoff(base: .seconds(2), cap: .seconds(30))

  /// What to make of a submit's outcome, and how long its job is to stand back at least.
  mutating func judged(
    _ outcome: SubmitOutcome, of job: Job.ID, lot: inout Lot
  ) -> (outcome: SubmitOutcome, rest: Duration) {
    switch outcome {
    case .accepted:
      rows[job] = nil
      for id in rows.keys { rows[id]?.pass() }
      return (outcome, .zero)
    case .shut(.balance, _):
      // A lock is about the account, and some locks come and go.
      return (outcome, Self.rest.delay(1, lot: &lot))
    case .shut(_, let problem):
      return judged(outcome, problem, of: job, passingsMax: Self.passingsMax.auth, lot: &lot)
    case .denied(let problem):
      return judged(outcome, problem, of: job, passingsMax: Self.passingsMax.others, lot: &lot)
    case .notSent, .notReady, .later, .rejected, .unclear: return (outcome, .zero)
    }
  }

  private mutating func judged(
    _ outcome: SubmitOutcome, _ problem: Problem, of job: Job.ID, passingsMax: Int, lot: inout Lot
  ) -> (outcome: SubmitOutcome, rest: Duration) {
    var row = rows[job] ?? Row()
    row.count += 1
    let isKeyInDoubt = if case .shut = outcome { row.passings == 0 } else { false }
    guard row.passings < passingsMax, row.count < Self.countMax || isKeyInDoubt else {
      rows[job] = nil
      return (.rejected(problem), .zero)
    }
    row.isPassed = false
    rows[job] = row
    return (outcome, Self.rest.delay(row.count, lot: &lot))
  }
}
