extension Dispatcher {
  /// What is known about the account.
  struct Funds: Sendable {
    var account: Account?
    /// What was reserved since the account was read.
    var spent = Money.zero
    /// When it is read next; nil for never.
    var readAt: Timestamp? = Timestamp(milliseconds: .min)
    var isReading = false
    var wasRead = false
    /// The part of `spent` that the reading under way includes.
    var spentBefore = Money.zero
    /// Whether the gate `balance` is closed because of the floor, not a lock.
    var isBelowFloor = false

    /// What is left according to the last reading; nil if unknown.
    var left: Money? {
      account.flatMap { account in account.balance.map { $0 - account.unbilled - spent } }
    }
  }

  /// Locks make csmd read the balance, but no more often than this.
  private static let readingGapMin: Duration = .seconds(10)

  /// When the account is read: once at the start, and then repeatedly while there is work to pay for, or
  /// while the balance keeps a gate closed.
  var accountAt: Timestamp? {
    let isOfUse = !funds.wasRead || nextDue != nil || !active.isEmpty || funds.isBelowFloor
    return limits.balanceGap != nil && !funds.isReading && isOfUse ? funds.readAt : nil
  }

  mutating func dueAccountActions(at now: Timestamp) -> [Action] {
    guard let at = accountAt, at <= now else { return [] }
    funds.isReading = true
    funds.spentBefore = funds.spent
    return [.readAccount]
  }

  /// Reads the account soon, because the balance matters now.
  mutating func readAccountSoon(at now: Timestamp) {
    let last = funds.account?.readAt ?? Timestamp(milliseconds: .min)
    funds.readAt = min(funds.readAt ?? now, max(now, last + Self.readingGapMin))
  }

  /// Takes note of what fal says about the account; what it does not say changes nothing.
  mutating func settle(_ account: Account, at now: Timestamp) {
    funds.isReading = false
    funds.wasRead = true
    funds.readAt = limits.balanceGap.map { now + $0 }
    self.account = account
    if account.balance != nil {
      funds.account = account
      funds.spent = funds.spent - funds.spentBefore
    }
    guard funds.isBelowFloor else { return }
    if let floor = limits.balanceFloor, let left = funds.left, left < floor {
      gates.stay(.balance, longest: longest(.balance), reason: belowFloor(left, floor), at: now)
    } else if limits.balanceFloor == nil || account.balance != nil {
      funds.isBelowFloor = false
      gates.open(.balance)
    } else {
      gates.stay(
        .balance, longest: longest(.balance), reason: gates.closed[.balance]?.reason ?? "", at: now)
    }
  }

  /// Closes the gate, because the next submit would take the balance below its floor.
  mutating func closeBelowFloor(_ left: Money, _ floor: Money, at now: Timestamp) {
    funds.isBelowFloor = true
    gates.close(
      .balance, first: Self.readingGapMin, longest: longest(.balance),
      reason: belowFloor(left, floor), at: now)
  }

  private func belowFloor(_ left: Money, _ floor: Money) -> String {
    "about $\(left.dollars) is left at fal, and CSM_BALANCE_FLOOR_USD is $\(floor.dollars)"
  }
}
