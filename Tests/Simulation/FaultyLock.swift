import CSMCore
import CSMSQLite
import Synchronization

/// The write lock of the daemon's table, with faults: a write may fail as in SQLite, or another program
/// may write first.
final class FaultyLock: WriteLock {
  /// How the next writes fail.
  enum Failure: Sendable {
    /// The next `times` writes write nothing and fail.
    case without(TableError, times: Int)
    /// Everything is written, but the write fails: the disk lied, or the answer was lost.
    case afterwards(TableError)
    /// Another program writes just before.
    case late(after: @Sendable () throws -> Void)
  }

  private let lock: any WriteLock
  private let failure = Mutex<Failure?>(nil)
  private let entries = Mutex(0)

  /// How many writes there were, including those that failed.
  var count: Int { entries.withLock(\.self) }

  init(_ lock: any WriteLock) {
    self.lock = lock
  }

  /// Sets the failure of the next write; nil for none.
  func arm(_ failure: Failure?) {
    self.failure.withLock { $0 = failure }
  }

  func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    entries.withLock { $0 += 1 }
    switch failure.withLock({ $0.take() }) {
    case nil: return try lock.withLock(body)
    case .without(let error, let times):
      if times > 1 { arm(.without(error, times: times - 1)) }
      throw error
    case .afterwards(let error):
      _ = try lock.withLock(body)
      throw error
    case .late(let intrusion):
      try intrusion()
      return try lock.withLock(body)
    }
  }
}
