/// fal's price of speech, per 1000 characters.
package struct Price: Sendable, Hashable {
  package let perThousand: Money

  package init(perThousand: Money) {
    self.perThousand = perThousand
  }

  /// The cost of a number of characters, rounded up to a millionth of a dollar, saturating.
  package func of(characters: Int) -> Money {
    let (product, overflow) = Int64(max(0, characters))
      .multipliedReportingOverflow(by: perThousand.microDollars)
    guard !overflow, product <= .max - 999 else { return Money(microDollars: .max) }
    return Money(microDollars: (product + 999) / 1000)
  }

  /// The cost of billed units as reported in `X-Fal-Billable-Units`, which are thousands of
  /// characters.
  ///
  /// - Returns: nil if the amount is implausible for one request.
  package func of(units: Double) -> Money? {
    let amount = (units * Double(perThousand.microDollars)).rounded()
    guard amount >= 0, amount < 1e9 else { return nil }
    return Money(microDollars: Int64(amount))
  }
}
