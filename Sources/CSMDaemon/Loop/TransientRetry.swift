import CSMCore
import CSMFiles
import CSMSQLite

/// Waits until something can be done that is hindered by what passes: the disk is full, or somebody
/// holds the table, for instance a command that was stopped (^Z) in the middle of an addition.
///
/// What was paid for must not be forgotten because of that, so the daemon stays, and says why nothing
/// goes on.
package struct TransientRetry {
  private let inbox: Inbox
  private let notifier: ServiceNotifier
  private let watchdog: Watchdog
  private let clock: any DaemonClock
  private let log: TurnLog
  private let leaving: Duration
  private let relieve: @Sendable () -> Void

  /// The gap between two tries.
  private static let gap: Duration = .seconds(1)
  /// The log hears of it so often.
  private static let logGap: Duration = .seconds(60)

  /// - Parameters:
  ///   - inbox: when somebody says stop there, nobody waits any longer for room on the disk.
  ///   - leaving: how long it waits then for whoever holds the table.
  ///   - relieve: makes what room it can on a full disk, before each new try.
  package init(
    inbox: Inbox, notifier: ServiceNotifier, watchdog: Watchdog, clock: any DaemonClock,
    log: TurnLog, leaving: Duration = .zero, relieve: @escaping @Sendable () -> Void
  ) {
    self.inbox = inbox
    self.notifier = notifier
    self.watchdog = watchdog
    self.clock = clock
    self.log = log
    self.leaving = leaving
    self.relieve = relieve
  }

  /// Gives what `work` gives, as soon as it can be done.
  ///
  /// - Throws: at once what `work` throws for another reason; and what is in the way, when the daemon
  ///   is told to stop.
  package func callAsFunction<Value>(_ work: () throws -> Value) async throws -> Value {
    var lastLog: Timestamp?
    var leavesAt: Timestamp?
    while true {
      do {
        let value = try work()
        if lastLog != nil { log.goesOn() }
        return value
      } catch let error where Self.passes(error) {
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

  private static func passes(_ error: any Error) -> Bool {
    isFull(error) || isHeld(error)
  }

  private static func isFull(_ error: any Error) -> Bool {
    error as? TableError == .full || (error as? FileError)?.isOutOfSpace == true
  }

  /// Somebody else has the table just now.
  private static func isHeld(_ error: any Error) -> Bool {
    error as? TableError == .busy || error is LockBusy
  }
}
