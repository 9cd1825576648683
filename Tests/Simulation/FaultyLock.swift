import CSMCore
import CSMSQLite
import Synchronization

/// The write lock of the daemon's table, at which a write may fail as it does where SQLite fails, or
/// somebody else may come first.
final class FaultyLock: WriteLock {
  /// How the next writes fail.
  enum Failure: Sendable {
    /// Nothing is written, so many times.
    case without(TableError, times: Int)
    /// All is written, and yet it fails: the disk lied, or the answer got lost.
    case afterwards(TableError)
    /// Somebody else writes just before.
    case late(after: @Sendable () throws -> Void)
  }

  private let lock: any WriteLock
  private let failure = Mutex<Failure?>(nil)
  private let entries = Mutex(0)

  /// How often somebody wanted to write.
  var count: Int { entries.withLock(\.self) }

  init(_ lock: any WriteLock) {
    self.lock = lock
  }

  /// - Parameter failure: nil for none any more.
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
