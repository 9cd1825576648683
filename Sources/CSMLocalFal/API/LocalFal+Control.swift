import Foundation
import HTTPTypes
import Synchronization

extension LocalFal {
  /// Locks the account: every call to the queue is answered with 403 and `reason`.
  package func lock(reason: String = "Exhausted balance.") {
    faultControl.withLock { $0.lockReason = reason }
  }

  /// Ends the lock.
  package func unlock() {
    faultControl.withLock { $0.lockReason = nil }
  }

  /// Answers submits and uploads with 403 and `reason`, while reads succeed; nil ends this.
  package func lockSubmits(reason: String?) {
    faultControl.withLock { $0.submitLockReason = reason }
  }

  /// Accepts only this key from now on; nil accepts any well-formed one.
  package func accept(key: String?) {
    faultControl.withLock { $0.key = key }
  }

  /// Follows another plan from now on; the calls are counted from 1 again.
  package func follow(_ plan: FaultPlan) {
    faultControl.withLock { $0.plan = plan }
  }

  /// Allows or forbids listing requests.
  package func list(_ lists: Bool) {
    faultControl.withLock { $0.lists = lists }
  }

  /// Answers `/_localfal/NAME`: GET shows, PUT sets, DELETE resets.
  func control(_ incoming: IncomingCall, _ name: String) -> Reply {
    let text = String(decoding: incoming.body, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    switch (incoming.method, name) {
    case (.get, "stats"): return Reply(200, statistics(now: incoming.now).json)
    case (.put, "lock"): text.isEmpty ? lock() : lock(reason: text)
    case (.delete, "lock"): unlock()
    case (.put, "lock-submits"): lockSubmits(reason: text.isEmpty ? "Exhausted balance." : text)
    case (.delete, "lock-submits"): lockSubmits(reason: nil)
    case (.put, "balance"):
      guard let dollars = Double(text), dollars.isFinite else {
        return .detail(400, "balance: expected a number of US dollars, not \(text)")
      }
      fund(dollars, at: incoming.now)
    case (.delete, "balance"): fund(nil, at: incoming.now)
    case (.put, "key") where !text.isEmpty: accept(key: text)
    case (.delete, "key"): accept(key: nil)
    case (.put, "listing"): list(true)
    case (.delete, "listing"): list(false)
    case (.put, "faults"):
      do {
        follow(try FaultPlan(text))
      } catch {
        return .detail(400, "\(error)")
      }
    case (.delete, "faults"): follow(.none)
    case (.delete, "uploads"): uploads.forget()
    default: return .detail(404, "No such control")
    }
    return Reply(200, ["status": "OK"])
  }
}
