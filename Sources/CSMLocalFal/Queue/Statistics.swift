import Foundation
import Synchronization

/// The stand-in's counters.
package struct Statistics: Sendable, Equatable {
  /// Calls by kind, including those with faults.
  package var calls: [String: Int] = [:]
  /// How often each rule of the fault plan has applied.
  package var faults: [String: Int] = [:]
  /// Accepted requests, including those of earlier runs with the same ledger.
  package var accepted = 0
  package var queued = 0
  package var inProgress = 0
  /// The most that ran at once.
  package var inProgressPeak = 0
  /// Requests that have ended, successfully or not.
  package var completed = 0
  /// The median number of status calls per ended request.
  package var pollsMedian = 0
  /// The most status calls for an ended request.
  package var pollsMax = 0
  /// Calls to public addresses that carried a key.
  package var keyLeaks = 0

  /// The answer of the control endpoint.
  var json: JSON {
    [
      "calls": .object(calls.mapValues { .integer($0) }),
      "faults": .object(faults.mapValues { .integer($0) }),
      "accepted": .integer(accepted), "queued": .integer(queued),
      "in_progress": .integer(inProgress), "in_progress_peak": .integer(inProgressPeak),
      "completed": .integer(completed), "polls_median": .integer(pollsMedian),
      "polls_max": .integer(pollsMax), "key_leaks": .integer(keyLeaks),
    ]
  }
}

extension LocalFal {
  /// The counters as of `now`, by the stand-in's clock.
  package func statistics(now: Date? = nil) -> Statistics {
    var statistics = Statistics()
    faultControl.withLock { faultControl in
      for (kind, count) in faultControl.calls { statistics.calls[kind.rawValue] = count }
      statistics.faults = faultControl.followed
      statistics.keyLeaks = faultControl.keyLeaks
    }
    queue.withLock { queue in
      queue.advance(to: now ?? self.now)
      statistics.accepted = queue.jobs.count
      statistics.queued = queue.waitingCount
      statistics.inProgress = queue.runningCount
      statistics.inProgressPeak = queue.runningPeak
      statistics.completed = queue.ended.count
      let polls = queue.ended.map { queue.jobs[$0].polls }.sorted()
      statistics.pollsMedian = polls.isEmpty ? 0 : polls[polls.count / 2]
      statistics.pollsMax = polls.last ?? 0
    }
    return statistics
  }
}
