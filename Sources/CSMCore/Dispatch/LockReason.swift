/// Why fal locked an account, from the words after `User is locked. Reason:`.
///
/// The reasons are those of fal's own client (`fal-ai/fal`, `models/lock_reason.py`).
package enum LockReason: Sendable, CaseIterable {
  case exhaustedBalance, noPaymentMethod, budgetExceeded, adminLock, archived, unknown

  /// Reads fal's words.
  package init(_ words: String) {
    let words = words.lowercased()
    self =
      if words.contains("budget") {
        .budgetExceeded
      } else if words.contains("balance") || words.contains("top_up") || words.contains("top up") {
        .exhaustedBalance
      } else if words.contains("payment method") {
        .noPaymentMethod
      } else if words.contains("admin lock") {
        .adminLock
      } else if words.contains("archived") {
        .archived
      } else {
        .unknown
      }
  }

  /// What to do, as the end of a sentence.
  package var advice: String {
    switch self {
    case .exhaustedBalance: "add credit at fal.ai/dashboard/billing"
    case .noPaymentMethod: "add a payment method at fal.ai/dashboard/billing"
    case .budgetExceeded:
      "the budget set for this user at fal is used up: raise it at fal.ai/dashboard/billing"
    case .adminLock: "fal's staff locked the account: write to hello@fal.ai"
    case .archived: "the account is archived: write to hello@fal.ai"
    case .unknown:
      "fal does not say why: look at fal.ai/dashboard/billing, or write to hello@fal.ai"
    }
  }
}
