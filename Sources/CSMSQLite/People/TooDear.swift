import CSMCore

/// The action would cost more than may be spent without a person's consent.
package struct TooDear: Error {
  package let cost: Money

  static func demand(_ cost: Money, atMost max: Money?) throws {
    if let max, cost > max { throw TooDear(cost: cost) }
  }
}
