import CSMCore

/// The takes that csmd may make, and pay for, of edited lines whose audio is bad.
package struct MoreTakes: Sendable, Equatable {
  private var perLine = 0
  private var cost = Money.zero

  package init() {}

  /// Adds a line of which csmd may make this many takes, each at this price.
  package mutating func add(_ takes: Int, for price: Money) {
    perLine = max(perLine, takes)
    for _ in 0..<max(0, takes) { cost = cost + price }
  }

  /// Such as `if audio is bad: at most 1 more take per line, $0.0011 at most`; nil for no takes.
  package var sentence: String? {
    guard perLine > 0 else { return nil }
    return "if audio is bad: at most \(Figures.count(perLine, "more take")) per line, "
      + "\(Figures.money(cost)) at most"
  }
}
