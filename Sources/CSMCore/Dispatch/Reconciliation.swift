/// A submit whose request id is not known.
struct LostSubmit: Sendable {
  let job: Job
  /// When its POST was to leave.
  let intent: Timestamp
  /// Since when it is certain that its POST is not to leave any more.
  let since: Timestamp
}

/// Finds lost submits in fal's request listing.
///
/// A listed request is a lost one's when its input is equal and it was not there before the intent. When
/// fal received it and when it handed it to the model may be hours apart, and fal's documents leave open
/// which of the two the listing names: so there is no latest moment where no other job has the same input.
package enum Reconciliation {
  /// How far fal's clock and ours may be apart.
  static let clockSkew: Duration = .seconds(120)
  /// How long after its intent a POST may leave: its clips may have to be uploaded first.
  package static let preparation: Duration = .seconds(120)

  /// The requests that belong to lost jobs, at most one each, no request twice.
  ///
  /// - Parameters:
  ///   - listed: what fal shows, without the requests that other jobs own.
  ///   - submitTimeout: how long a POST may have been on its way.
  static func match(
    lost: [LostSubmit], listed: [ListedRequest], submitTimeout: Duration
  ) -> [Job.ID: ListedRequest] {
    var candidates = Dictionary(grouping: listed.filter { $0.request != nil }) { $0.request }
    var found: [Job.ID: ListedRequest] = [:]
    let inOrder = lost.sorted { ($0.intent, $0.job.id) < ($1.intent, $1.job.id) }
    let twins = Dictionary(grouping: lost) { $0.job.request }
    for isBounded in [true, false] {
      for lost in inOrder where found[lost.job.id] == nil {
        let job = lost.job
        guard isBounded || twins[job.request]?.count == 1 else { continue }
        let end =
          isBounded
          ? lost.end(submitTimeout: submitTimeout) : Timestamp(milliseconds: .max)
        let matches = (candidates[job.request] ?? []).filter { request in
          lost.intent - clockSkew <= request.sentAt && request.sentAt <= end
            && request.endpoint ?? job.endpoint == job.endpoint
        }
        // Of several, one that ended well is worth most; then the one nearest to the intent.
        let best = matches.min { left, right in
          if left.succeeded != right.succeeded { return left.succeeded }
          return distance(left.sentAt, lost.intent) < distance(right.sentAt, lost.intent)
        }
        guard let best else { continue }
        found[job.id] = best
        candidates[job.request]?.removeAll { $0.requestID == best.requestID }
      }
    }
    return found
  }

  private static func distance(_ left: Timestamp, _ right: Timestamp) -> Duration {
    max(left.since(right), right.since(left))
  }
}

extension LostSubmit {
  /// The latest moment at which fal can have received it.
  ///
  /// What was to be written down first may have been held up, or the machine have slept: the POST left
  /// before it was given up, however long after its intent.
  fileprivate func end(submitTimeout: Duration) -> Timestamp {
    let leaving: Duration = job.request.files.isEmpty ? .zero : Reconciliation.preparation
    return max(intent + leaving + submitTimeout, since) + Reconciliation.clockSkew
  }
}
