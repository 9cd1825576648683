/// The user's settings for uncertain and failed submits.
package struct Rules: Sendable {
  /// The most paid submits per take.
  package var attemptsMax = 3
  /// How long to look for a lost submit.
  package var unknownGrace: Duration = .seconds(1800)
  /// Whether to send a lost submit again, at the risk of paying twice.
  package var resubmitsUnknown: Bool
  package var price: Price

  package init(resubmitsUnknown: Bool = false, price: Price) {
    self.resubmitsUnknown = resubmitsUnknown
    self.price = price
  }
}
