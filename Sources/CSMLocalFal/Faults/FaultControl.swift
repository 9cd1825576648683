/// Counts calls, and decides which fault each of them gets.
///
/// It also holds the other settings that can change while the stand-in runs.
struct FaultControl: Sendable {
  /// The only valid key; nil accepts any well-formed one.
  var key: String?
  /// Why the account is locked; nil if it is not.
  var lockReason: String?
  /// Why submits and uploads alone are refused; nil if they are not.
  var submitLockReason: String?
  /// The account; nil if the balance is unreadable.
  var account: Account?
  var lists: Bool
  /// The fault plan; a new one restarts the numbers of calls.
  var plan: FaultPlan {
    didSet {
      planned = [:]
      runs = 0
    }
  }

  private(set) var calls: [CallKind: Int] = [:]
  /// How often each rule has applied.
  private(set) var followed: [String: Int] = [:]
  /// The number of calls to the CDN and upload URLs that carried a key.
  var keyLeaks = 0

  /// Calls since the plan was set.
  private var planned: [CallKind: Int] = [:]
  private var runs = 0
  private let seed: UInt64

  init(_ options: LocalFalOptions, seed: UInt64) {
    key = options.key
    lockReason = options.lock
    submitLockReason = options.submitLock
    account = options.balance.map { Account(dollars: $0, billed: 0) }
    lists = options.lists
    plan = options.faults
    self.seed = seed
  }

  /// Counts a call; returns its planned fault.
  mutating func count(_ kind: CallKind) -> Fault? {
    calls[kind, default: 0] += 1
    planned[kind, default: 0] += 1
    let number = planned[kind, default: 0]
    var generator = SplitMix64(seed, kind.salt, UInt64(number))
    let draw = generator.next()
    let rule = plan.calls.enumerated().first { index, rule in
      (rule.kind == nil || rule.kind == kind) && rule.fits(number: number, index: index, draw: draw)
    }
    return follow(rule?.element)
  }

  /// Counts an accepted request; returns the rule for its planned fault.
  mutating func countRun() -> FaultPlan.Rule<RunFault>? {
    runs += 1
    let number = runs
    var generator = SplitMix64(seed, 0, UInt64(number))
    let draw = generator.next()
    let rule = plan.runs.enumerated().first { index, rule in
      rule.fits(number: number, index: index, draw: draw)
    }
    _ = follow(rule?.element)
    return rule?.element
  }

  private mutating func follow<Fault>(_ rule: FaultPlan.Rule<Fault>?) -> Fault? {
    guard let rule else { return nil }
    followed[rule.text, default: 0] += 1
    return rule.fault
  }
}

extension CallKind {
  /// Makes the random numbers of different kinds independent.
  fileprivate var salt: UInt64 {
    rawValue.utf8.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
