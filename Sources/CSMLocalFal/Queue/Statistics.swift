import Foundation
import Synchronization

/// What the stand-in has done so far.
package struct Statistics: Sendable, Equatable {
  /// Calls by kind, spoilt ones too.
  package var calls: [String: Int] = [:]
  /// How often each rule of the fault plan was followed.
  package var faults: [String: Int] = [:]
  /// Requests accepted, earlier runs of the same ledger included.
  package var accepted = 0
  /// Requests that wait.
  package var queued = 0
  /// Requests that run.
  package var inProgress = 0
  /// The most that ran at once.
  package var inProgressPeak = 0
  /// Requests that have ended, in whatever way.
  package var completed = 0
  /// Status calls of a request, in the median of those that ended in this run.
  package var pollsMedian = 0
  /// The most status calls that a request got.
  package var pollsMax = 0
  /// Calls of public addresses that carried a key.
  package var keyLeaks = 0

  /// As the control endpoint shows it.
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
  /// What was done up to `now`, by the stand-in's clock.
  package func statistics(now: Date? = nil) -> Statistics {
    var statistics = Statistics()
    switches.withLock { switches in
      for (kind, count) in switches.calls { statistics.calls[kind.rawValue] = count }
      statistics.faults = switches.followed
      statistics.keyLeaks = switches.keyLeaks
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
