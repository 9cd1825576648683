/// Submits that fal refuses while it accepts others, such as those of a model that this key may not use.
///
/// They must neither hold up the others nor be tried forever.
///
/// A refusal that may concern every submit is believed of one job only after others were accepted between
/// its refusals, or after many refusals, since no other job may be left; and only after a while, since some
/// refusals come and go. Where none was accepted, that takes minutes: fal may refuse everybody for one.
struct LoneRefusals: Sendable {
  private struct Row {
    /// When the first one came.
    let since: Timestamp
    var count = 0
    /// How many times others were accepted between two refusals.
    var passings = 0
    var isPassed = false

    mutating func pass() {
      if !isPassed { passings += 1 }
      isPassed = true
    }
  }

  private var rows: [Job.ID: Row] = [:]
  /// When fal began to refuse whatever is submitted.
  private var allSince: Timestamp?

  /// Any job may hit a moment at which the key is refused; that one job alone hits a refused model or
  /// input is hardly chance.
  private static let passingsMax = (auth: 3, others: 1)
  private static let countMax = 5
  /// How long a job is refused before that is believed.
  private static let timeMin: Duration = .seconds(20)
  /// How long all jobs are refused before that is believed of one.
  private static let allTimeMin: Duration = .seconds(240)
  /// How long a refused job lets others go first.
  private static let rest = Backoff(base: .seconds(2), cap: .seconds(30))

  /// What a submit's outcome amounts to, and how long its job stands back at least.
  mutating func judged(
    _ outcome: SubmitOutcome, of job: Job.ID, at now: Timestamp,
    generator: inout SeededGenerator
  ) -> (outcome: SubmitOutcome, rest: Duration) {
    switch outcome {
    case .accepted:
      (rows[job], allSince) = (nil, nil)
      for id in rows.keys { rows[id]?.pass() }
      return (outcome, .zero)
    case .gated(.balance, _):
      // A lock concerns the account, and some locks come and go.
      return (outcome, Self.rest.delay(1, generator: &generator))
    case .gated(_, let problem):
      return judged(
        outcome, problem, of: job, passingsMax: Self.passingsMax.auth, at: now,
        generator: &generator)
    case .denied(let problem):
      return judged(
        outcome, problem, of: job, passingsMax: Self.passingsMax.others, at: now,
        generator: &generator)
    case .notSent, .notReady, .later, .rejected, .unclear: return (outcome, .zero)
    }
  }

  private mutating func judged(
    _ outcome: SubmitOutcome, _ problem: Problem, of job: Job.ID, passingsMax: Int,
    at now: Timestamp, generator: inout SeededGenerator
  ) -> (outcome: SubmitOutcome, rest: Duration) {
    var row = rows[job] ?? Row(since: now)
    row.count += 1
    let since = allSince ?? now
    allSince = since
    let isKeyInDoubt = if case .gated = outcome { row.passings == 0 } else { false }
    let mayBeLast = now.since(since) >= Self.allTimeMin && !isKeyInDoubt
    let isLone = row.passings >= passingsMax || row.count >= Self.countMax && mayBeLast
    guard !isLone || now.since(row.since) < Self.timeMin else {
      rows[job] = nil
      return (.rejected(problem), .zero)
    }
    row.isPassed = false
    rows[job] = row
    return (outcome, Self.rest.delay(row.count, generator: &generator))
  }
}
