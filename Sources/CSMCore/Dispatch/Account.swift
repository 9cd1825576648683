/// What fal says about the account, and its time.
package struct Account: Sendable, Equatable {
  /// What is left; negative if it is overdrawn, nil if fal does not say.
  package let balance: Money?
  package let readAt: Timestamp
  /// The cost of recent submits, which fal's figure may not include yet.
  package let unbilled: Money
  /// How far fal's clock is ahead of ours; nil if fal does not tell its time.
  package let clockOffset: Duration?

  package init(
    balance: Money?, readAt: Timestamp, unbilled: Money = .zero, clockOffset: Duration? = nil
  ) {
    self.balance = balance
    self.readAt = readAt
    self.unbilled = unbilled
    self.clockOffset = clockOffset
  }

  /// How far fal's figure lags behind (observed; undocumented).
  package static let lag: Duration = .seconds(300)
  /// A clock that is off by more than this is reported: hours, budgets and TLS depend on it.
  package static let clockOffsetMax: Duration = .seconds(60)

  /// What is wrong with our clock, as a sentence; nil if nothing is.
  package var clockComplaint: String? {
    guard let clockOffset, clockOffset.magnitude > Self.clockOffsetMax else { return nil }
    let seconds = abs(clockOffset.components.seconds)
    return
      "this machine's clock is \(seconds) s \(clockOffset > .zero ? "behind" : "ahead of") fal's: "
      + "set it, for instance with timedatectl set-ntp true"
  }
}

extension Duration {
  fileprivate var magnitude: Duration { self < .zero ? .zero - self : self }
}

/// What fal says about a model; each part is nil if it does not say.
package struct Model: Sendable, Equatable {
  package var unitPrice: Money?
  /// Such as `1000 characters`.
  package var unit: String?
  package var currency: String?
  package var isDeprecated: Bool?
  /// Whether its input must hold a `scene`; a model without one may speak something else, and bill it.
  package var requiresScene: Bool?

  package init() {}

  /// What a person should know before the night, one sentence each.
  package func warnings(endpoint: String, price: Price) -> [String] {
    var warnings: [String] = []
    if isDeprecated == true { warnings.append("fal calls \(endpoint) deprecated: it may go away") }
    if let unitPrice, let unit {
      let isSame =
        unit.lowercased() == "1000 characters" && (currency ?? "USD").uppercased() == "USD"
        && unitPrice == price.perThousand
      if !isSame {
        warnings.append(
          "fal charges \(unitPrice.dollars) \(currency ?? "USD") for \(unit), but "
            + "CSM_PRICE_USD_PER_1000_CHARS is \(price.perThousand.dollars): budgets and estimates "
            + "follow the setting")
      }
    }
    return warnings
  }
}
