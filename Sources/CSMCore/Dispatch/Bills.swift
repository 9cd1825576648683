/// What fal really bills, compared with what was reserved.
///
/// A whole window of submits leaves before the first bill is read, so a wrong price would overrun a budget.
/// If there is a budget, only a few requests are under way until the first bill is known. A bill above its
/// reservation raises the reservations of all requests under way and to come. A bill that all later ones
/// contradict is forgotten: it is paid, and says nothing about the others.
struct Bills: Sendable {
  /// By how many times the price fal bills, at the highest known so far.
  var factor: Double { latest.max() ?? 1 }
  /// The last bills, each as a multiple of the price; at least 1.
  private var latest: [Double] = []
  /// Whether a result has been read, which says what it cost if fal says so at all.
  private(set) var isKnown = false
  /// The factor by which the reservations of all requests under way are to be raised; not durable yet.
  private var raise: Double?

  /// Submits that may be under way before the first bill, if there is a budget.
  static let unknownMax = 4
  /// Bills after which an older one is forgotten.
  static let latestMax = 8

  /// Notes what a request cost; nil if fal does not say.
  mutating func note(_ cost: Money?, reserved: Money) {
    isKnown = true
    guard let cost, reserved > .zero else { return }
    // Rounding up to whole units does not make another price.
    let ratio = Double(cost.microDollars) / Double(reserved.microDollars)
    let bill = ratio > 1.01 ? ratio : 1
    if bill > factor * 1.01 { raise = (raise ?? 1) * bill / factor }
    latest = latest.suffix(Self.latestMax - 1) + [bill]
  }

  /// The price to reserve, given the price in the settings.
  func price(_ price: Price) -> Price {
    let amount = (Double(price.perThousand.microDollars) * factor).rounded(.up)
    return Price(
      perThousand: Money(microDollars: amount < 1e12 ? Int64(amount) : 1_000_000_000_000))
  }

  mutating func takeRaise() -> Double? { raise.take() }

  var hasRaise: Bool { raise != nil }
}
