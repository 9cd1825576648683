/// What can be switched while the stand-in runs, and what it counts.
struct Switches: Sendable {
  /// The only good key; nil takes any well-formed one.
  var key: String?
  /// Why the account is locked; nil while it is not.
  var lockReason: String?
  /// Why submits and uploads are refused while reads are answered; nil while they are not.
  var submitLockReason: String?
  /// What is in the account; nil while the balance cannot be read.
  var account: Account?
  /// Whether requests can be listed.
  var lists: Bool
  /// What goes wrong; the numbers of calls start anew with a new plan.
  var plan: FaultPlan {
    didSet {
      planned = [:]
      runs = 0
    }
  }

  /// Calls so far.
  private(set) var calls: [CallKind: Int] = [:]
  /// How often each rule was followed.
  private(set) var followed: [String: Int] = [:]
  /// Calls of the CDN and of upload addresses that carried a key of fal's.
  var keyLeaks = 0

  /// Calls since the plan was set.
  private var planned: [CallKind: Int] = [:]
  private var runs = 0
  private let seed: UInt64

  /// The switches as `options` set them.
  init(_ options: LocalFalOptions, seed: UInt64) {
    key = options.key
    lockReason = options.lock
    submitLockReason = options.submitLock
    account = options.balance.map { Account(dollars: $0, billed: 0) }
    lists = options.lists
    plan = options.faults
    self.seed = seed
  }

  /// Counts a call; returns the fault that the plan has for it.
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

  /// Counts an accepted request; returns the rule that the plan has for its run.
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
  /// Keeps the draws of one kind apart from those of another.
  fileprivate var salt: UInt64 {
    rawValue.utf8.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
