/// What fal really bills, against what was set aside.
///
/// A whole window of submits leaves before the first bill is read, so a budget would be overrun by as much
/// as the price is wrong. Where there is a budget, few are out until a first bill is known; and a bill above
/// what was set aside for it raises what is set aside for all that is out and to come. One bill that is
/// contradicted by all that follow it is forgotten: it has been paid, and says nothing of the others.
struct Bills: Sendable {
  /// What is billed is so many times the price, at most as far as is known.
  var factor: Double { latest.max() ?? 1 }
  /// Of the last bills, each as so many times the price; the price is at least what is set.
  private var latest: [Double] = []
  /// A result was read, so that what it cost would be known.
  private(set) var isKnown = false
  /// The factor by which the costs of all that is out are to be raised, which is not durable yet.
  private var raise: Double?

  /// Submits that may be out before the first bill, where there is a budget.
  static let unknownMax = 4
  /// Bills after which an older one is forgotten.
  static let latestMax = 8

  /// A request cost so much; nil where fal does not say.
  mutating func note(_ cost: Money?, reserved: Money) {
    isKnown = true
    guard let cost, reserved > .zero else { return }
    // What is rounded up to whole units is no other price.
    let ratio = Double(cost.microDollars) / Double(reserved.microDollars)
    let bill = ratio > 1.01 ? ratio : 1
    if bill > factor * 1.01 { raise = (raise ?? 1) * bill / factor }
    latest = latest.suffix(Self.latestMax - 1) + [bill]
  }

  /// The price that is to be set aside, where this one is set.
  func price(_ price: Price) -> Price {
    let amount = (Double(price.perThousand.microDollars) * factor).rounded(.up)
    return Price(
      perThousand: Money(microDollars: amount < 1e12 ? Int64(amount) : 1_000_000_000_000))
  }

  mutating func takeRaise() -> Double? { raise.take() }

  var hasRaise: Bool { raise != nil }
}
