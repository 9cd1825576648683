import CSMCore
import CSMFiles
import CSMSQLite

/// Retries work that fails for a transient reason: the disk is full, or another process holds the
/// table, such as a command stopped with ^Z while adding lines.
///
/// The daemon must not forget what was paid for because of that, so it keeps running and reports
/// why it is blocked.
package struct TransientRetry {
  private let inbox: Inbox
  private let notifier: ServiceNotifier
  private let watchdog: Watchdog
  private let clock: any DaemonClock
  private let log: EventLog
  private let leaving: Duration
  private let relieve: @Sendable () -> Void

  /// The time between two tries.
  private static let gap: Duration = .seconds(1)
  /// The least time between two log messages.
  private static let logGap: Duration = .seconds(60)

  /// - Parameters:
  ///   - inbox: where a stop ends the retries.
  ///   - leaving: how long to keep retrying after a stop if another process holds the table.
  ///   - relieve: frees what space it can on a full disk, before each retry.
  package init(
    inbox: Inbox, notifier: ServiceNotifier, watchdog: Watchdog, clock: any DaemonClock,
    log: EventLog, leaving: Duration = .zero, relieve: @escaping @Sendable () -> Void
  ) {
    self.inbox = inbox
    self.notifier = notifier
    self.watchdog = watchdog
    self.clock = clock
    self.log = log
    self.leaving = leaving
    self.relieve = relieve
  }

  /// Runs `work` until it succeeds, and returns its result.
  ///
  /// - Throws: any other error of `work` at once; after a stop, the transient one.
  package func callAsFunction<Value>(_ work: () throws -> Value) async throws -> Value {
    var lastLog: Timestamp?
    var leavesAt: Timestamp?
    while true {
      do {
        let value = try work()
        if lastLog != nil { log.goesOn() }
        return value
      } catch let error where Self.isTransient(error) {
        if Self.isFull(error) { relieve() }
        let now = clock.now()
        if inbox.holdsStop {
          let last = leavesAt ?? now + (Self.isHeld(error) ? leaving : .zero)
          guard now < last else { throw error }
          leavesAt = last
        }
        if lastLog.map({ now < $0 || now.since($0) >= Self.logGap }) ?? true {
          log.waiting(error)
          lastLog = now
        }
        notifier.waiting("\(error)")
        if watchdog.isToBeFed(at: now) { notifier.alive() }
        try await clock.sleep(for: Self.gap)
      }
    }
  }

  private static func isTransient(_ error: any Error) -> Bool {
    isFull(error) || isHeld(error)
  }

  static func isFull(_ error: any Error) -> Bool {
    error as? TableError == .full || (error as? FileError)?.isOutOfSpace == true
  }

  /// Whether another process holds the table.
  private static func isHeld(_ error: any Error) -> Bool {
    error as? TableError == .busy || error is LockBusy
  }
}
