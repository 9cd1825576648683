/// What went wrong with a job since fal last said something useful about it.
struct Failures: Sendable {
  /// When the first of them happened.
  let since: Timestamp
  private(set) var count = 0
  /// Whether fal answered at least once, but the answer could not be understood.
  private(set) var wereUnreadable = false
  /// The latest ones, as far back as they are all of one kind.
  private(set) var run: Run

  struct Run: Sendable {
    let kind: Kind
    let since: Timestamp
    /// The last one.
    var problem: Problem
    var count = 0

    /// Whether it has lasted long enough, and was seen often enough, to be more than a passing fault.
    func isBelieved(at now: Timestamp) -> Bool {
      count >= Dispatcher.looksMin && now.since(since) >= Dispatcher.doubtGrace
    }
  }

  enum Kind: Sendable, Equatable {
    case passing, missing, failing, unreadable, refused, damaged, slow
    /// The model reports that it cannot speak this input.
    case rejected
    /// An answer of this error class, which may be a proxy's.
    case doubted(String)

    /// The result itself is not what it should be.
    var isOfResult: Bool { self == .damaged || self == .unreadable }
  }

  /// The failures so far and one more; another kind of failure begins a new run.
  init(_ kind: Kind, _ problem: Problem, after earlier: Failures?, at now: Timestamp) {
    since = earlier?.since ?? now
    count = (earlier?.count ?? 0) + 1
    wereUnreadable = earlier?.wereUnreadable ?? false || kind == .unreadable
    run = earlier?.run ?? Run(kind: kind, since: now, problem: problem)
    if run.kind != kind { run = Run(kind: kind, since: now, problem: problem) }
    run.problem = problem
    run.count += 1
  }
}
