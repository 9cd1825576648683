/// The user's settings for uncertain and failed submits.
package struct Rules: Sendable {
  /// The most paid submits per take.
  package var attemptsMax: Int
  /// How long to look for a lost submit.
  package var unknownGrace: Duration
  /// Whether to send a lost submit again, at the risk of paying twice.
  package var resubmitsUnknown: Bool
  package var price: Price

  package init(
    attemptsMax: Int = 3, unknownGrace: Duration = .seconds(1800), resubmitsUnknown: Bool = false,
    price: Price
  ) {
    self.attemptsMax = attemptsMax
    self.unknownGrace = unknownGrace
    self.resubmitsUnknown = resubmitsUnknown
    self.price = price
  }
}
