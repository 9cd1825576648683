/// One transition of a job, made durable by one guarded update, which takes effect only if the row
/// still has the state and generation of `before`.
package struct Move: Sendable, Equatable {
  package let before: Job
  package let after: Job
  /// The reason, in one word; recorded in the job's history.
  package let cause: Cause
  /// What went wrong; nil if nothing did.
  package let problem: Problem?
  /// How the cost changes; nil if it does not.
  package let charge: Charge?

  /// Why the state changed.
  package enum Cause: String, Sendable, CaseIterable {
    case claimed, accepted, refused, rejected, unclear, restarted, found, lost, progress, finished
    case absent, stored, unusable, adopted, unfinished, unaffordable
    case notSent = "not_sent"
    case failedAtFal = "failed_at_fal"
    case cancelledAtFal = "cancelled_at_fal"
    case cancelledByPerson = "cancelled_by_person"
  }

  /// How the cost of the job's submit changes.
  package enum Charge: Sendable, Equatable {
    /// Reserved before the POST.
    case reserve(Money)
    /// Already spent, by a submit the table did not know; no budget can prevent it.
    case owed(Money)
    /// The actual cost, now known.
    case settle(Money)
  }

  /// Whether this move establishes the actual cost.
  var settles: Bool {
    if case .settle = charge { true } else { false }
  }

  /// How much the amount spent or reserved changes; negative if less was spent than reserved.
  func spends(at price: Price) -> Money {
    switch charge {
    case .reserve(let cost), .owed(let cost): cost
    case .settle(let cost): cost - price.of(characters: after.request.characters)
    case nil: .zero
    }
  }
}

extension Move {
  init(
    _ before: Job, _ after: Job, _ cause: Cause, _ problem: Problem? = nil,
    charge: Charge? = nil
  ) {
    self.init(before: before, after: after, cause: cause, problem: problem, charge: charge)
  }
}
