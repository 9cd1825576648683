import Synchronization

/// Lets one in at a time; who finds somebody inside goes away instead of waiting.
final class Turnstile: Sendable {
  private let isTaken = Atomic(false)

  /// Whether the caller is in, and so has to leave.
  func enter() -> Bool {
    isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  func leave() {
    isTaken.store(false, ordering: .releasing)
  }
}
