import CSMCore
import Synchronization

/// Where everything that happens arrives for the daemon's loop, from whatever thread.
package final class Inbox: Sendable {
  /// What arrives.
  package enum Item: Sendable {
    case event(Dispatcher.Event)
    /// Somebody committed something: look at the table.
    case woken
    /// Read the settings again.
    case reload
    /// Leave; what is on its way is waited for.
    case stop
  }

  private struct State {
    var items: [Item] = []
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  /// Puts an item in and wakes the loop.
  package func post(_ item: Item) {
    let waiter = state.withLock { state in
      state.items.append(item)
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Takes everything that has arrived.
  package func take() -> [Item] {
    state.withLock { state in
      defer { state.items = [] }
      return state.items
    }
  }

  /// Whether somebody has said stop, and the loop has not taken it yet.
  package var holdsStop: Bool {
    state.withLock { state in
      state.items.contains { if case .stop = $0 { true } else { false } }
    }
  }

  /// Waits up to `patience` for something to arrive, and says whether something has.
  package func hasItems(within patience: Duration, on clock: any DaemonClock) async -> Bool {
    if isEmpty, patience > .zero {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.arrival() }
        group.addTask { try? await clock.sleep(for: patience) }
        await group.next()
        group.cancelAll()
      }
    }
    return !isEmpty
  }

  private var isEmpty: Bool { state.withLock { $0.items.isEmpty } }

  /// Returns when something is there, or the task is cancelled.
  private func arrival() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isThere = state.withLock { state in
          guard state.items.isEmpty, !Task.isCancelled else { return true }
          state.waiter = continuation
          return false
        }
        if isThere { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
  }
}
