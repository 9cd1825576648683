import CSMCore
import Synchronization

/// What the daemon has done since it started.
package final class Metrics: Sendable {
  private struct State {
    var transitions: [Arrow: Int] = [:]
    var calls: [Call: Int] = [:]
    var times: [String: Histogram] = [:]
    var rounds = 0
  }

  private struct Arrow: Hashable {
    let from: JobState.Name
    let to: JobState.Name
  }

  private struct Call: Hashable {
    let operation: String
    let outcome: String
  }

  private let state = Mutex(State())

  package init() {}

  /// Counts changes that have become durable.
  func saved(_ moves: [Move], missed: Set<Job.ID>) {
    state.withLock { state in
      for move in moves where !missed.contains(move.before.id) {
        let arrow = Arrow(from: move.before.state.name, to: move.after.state.name)
        state.transitions[arrow, default: 0] += 1
      }
    }
  }

  /// Counts a call to fal by its outcome.
  func called(_ event: Dispatcher.Event, took time: Duration) {
    guard let (operation, outcome) = event.call else { return }
    state.withLock { state in
      state.calls[Call(operation: operation, outcome: outcome), default: 0] += 1
      state.times[operation, default: Histogram()].observe(time)
    }
  }

  /// Counts a round of the loop.
  func countRound() {
    state.withLock { $0.rounds += 1 }
  }

  /// The metrics, in a fixed order.
  func families(_ load: Dispatcher.Load) -> [MetricFamily] {
    let state = state.withLock { $0 }
    return [
      MetricFamily(
        "csm_transitions_total", .counter, "Moves of jobs from one state to the next.",
        state.transitions.map { arrow, count in
          .init(count, ("from", arrow.from.rawValue), ("to", arrow.to.rawValue))
        }.sorted { $0.order < $1.order }),
      MetricFamily(
        "csm_fal_calls_total", .counter, "Calls to fal by operation and outcome.",
        state.calls.map { call, count in
          .init(count, ("operation", call.operation), ("outcome", call.outcome))
        }.sorted { $0.order < $1.order }),
      MetricFamily(
        "csm_fal_call_duration_seconds", .histogram, "How long calls to fal took.",
        state.times.sorted { $0.key < $1.key }.flatMap { operation, times in
          times.samples(("operation", operation))
        }),
      MetricFamily(
        "csm_window_requests", .gauge, "How many requests may be at fal at once.",
        [.init(load.window)]),
      MetricFamily(
        "csm_in_flight_requests", .gauge, "Requests at fal or on their way there.",
        [.init(load.inFlight)]),
      MetricFamily(
        "csm_downloads_in_progress", .gauge, "Downloads in progress.", [.init(load.downloads)]),
      MetricFamily(
        "csm_wakeups_total", .counter, "How often the daemon's loop woke up.",
        [.init(state.rounds)]),
    ]
  }
}

extension MetricFamily.Sample {
  fileprivate var order: String { labels.map(\.value).joined(separator: " ") }
}
