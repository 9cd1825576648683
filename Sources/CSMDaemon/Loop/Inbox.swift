import CSMCore
import Synchronization

/// Collects events from any thread for the daemon's loop.
package final class Inbox: Sendable {
  package enum Item: Sendable {
    case event(Dispatcher.Event)
    /// Another program committed something: read the table.
    case woken
    /// Reload the settings.
    case reload
    /// Stop, after waiting for submits on their way.
    case stop
  }

  private struct State {
    var items: [Item] = []
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  /// Adds an item and wakes the loop.
  package func post(_ item: Item) {
    let waiter = state.withLock { state in
      state.items.append(item)
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Removes and returns all items.
  package func take() -> [Item] {
    state.withLock { state in
      defer { state.items = [] }
      return state.items
    }
  }

  /// Whether it contains a stop that the loop has not taken yet.
  package var holdsStop: Bool {
    state.withLock { state in
      state.items.contains { if case .stop = $0 { true } else { false } }
    }
  }

  /// Waits up to `timeout` for an item; returns whether there is one.
  package func hasItems(within timeout: Duration, on clock: any DaemonClock) async -> Bool {
    if isEmpty, timeout > .zero {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.arrival() }
        group.addTask { try? await clock.sleep(for: timeout) }
        await group.next()
        group.cancelAll()
      }
    }
    return !isEmpty
  }

  private var isEmpty: Bool { state.withLock { $0.items.isEmpty } }

  /// Returns when there is an item or the task is cancelled.
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
