/// Submits for which fal does not take the key although it takes it for others, such as those of a model
/// that this key may not use: they are neither to keep the others waiting, nor to be tried for ever.
struct LoneRefusals: Sendable {
  private struct Row {
    /// How often others were accepted between two refusals.
    var passings = 0
    var isPassed = false

    mutating func pass() {
      if !isPassed { passings += 1 }
      isPassed = true
    }
  }

  private var rows: [Job.ID: Row] = [:]

  /// A job that the others have passed so often is refused for good.
  private static let passingsMax = 2
  /// How long a job lets the others go first that they have passed already.
  private static let rest: Duration = .seconds(1800)

  /// What to make of a submit's outcome, and how long its job is to stand back.
  mutating func judged(
    _ outcome: SubmitOutcome, of job: Job.ID
  ) -> (outcome: SubmitOutcome, rest: Duration) {
    switch outcome {
    case .accepted:
      rows[job] = nil
      for id in rows.keys { rows[id]?.pass() }
      return (outcome, .zero)
    case .shut(.auth, let problem):
      var row = rows[job] ?? Row()
      guard row.passings < Self.passingsMax else {
        rows[job] = nil
        return (.rejected(problem), .zero)
      }
      row.isPassed = false
      rows[job] = row
      return (outcome, row.passings > 0 ? Self.rest : .zero)
    default: return (outcome, .zero)
    }
  }
}
