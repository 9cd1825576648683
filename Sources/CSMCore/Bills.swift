/// What fal really bills, against what was set aside.
///
/// A whole window of submits leaves before the first bill is read, so a budget would be overrun by as much
/// as the price is wrong. Where there is a budget, few are out until a first bill is known; and a bill above
/// what was set aside for it raises what is set aside for all that is out and to come.
struct Bills: Sendable {
  /// What is billed is so many times the price, at most as far as is known.
  private(set) var factor = 1.0
  /// A result was read, so that what it cost would be known.
  private(set) var isKnown = false
  /// The factor by which the costs of all that is out are to be raised, which is not durable yet.
  private var raise: Double?

  /// Submits that may be out before the first bill, where there is a budget.
  static let unknownMax = 4

  /// A request cost so much; nil where fal does not say.
  mutating func note(_ cost: Money?, reserved: Money) {
    isKnown = true
    guard let cost, reserved > .zero else { return }
    let ratio = Double(cost.microDollars) / Double(reserved.microDollars)
    // What is rounded up to whole units is no other price.
    guard ratio > factor * 1.01 else { return }
    raise = (raise ?? 1) * ratio / factor
    factor = ratio
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
