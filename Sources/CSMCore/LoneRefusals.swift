/// Submits that fal refuses while it takes others, such as those of a model that this key may not use:
/// they must neither keep the others waiting nor be tried for ever.
///
/// A refusal that may be about every submit is believed of one job only after others were accepted
/// between several refusals of it.
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

  /// A job that the others have passed so often is refused for good; and one that was passed at all, after
  /// so many refusals, for in the end it may be the last one that is left.
  private static let passingsMax = 3
  private static let countMax = 6
  /// How long a job lets others go first.
  private static let rest = Backoff(base: .seconds(2), cap: .seconds(30))

  /// What to make of a submit's outcome, and how long its job is to stand back.
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
    case .shut(_, let problem), .denied(let problem):
      var row = rows[job] ?? Row()
      let isAlone = row.passings > 0 && row.count >= Self.countMax
      guard row.passings < Self.passingsMax, !isAlone else {
        rows[job] = nil
        return (.rejected(problem), .zero)
      }
      row.isPassed = false
      row.count += 1
      rows[job] = row
      return (outcome, Self.rest.delay(row.count, lot: &lot))
    case .notSent, .notReady, .later, .rejected, .unclear: return (outcome, .zero)
    }
  }
}
