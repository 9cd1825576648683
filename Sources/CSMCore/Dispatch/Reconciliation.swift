/// A submit whose request id is not known.
struct LostSubmit: Sendable {
  let job: Job
  /// When its POST was to leave.
  let intent: Timestamp
  /// Since when its POST certainly can no longer leave.
  let since: Timestamp

  /// The earliest moment at which fal's listing may show it.
  var listedFrom: Timestamp { intent - Reconciliation.clockSkew }

  /// Whether fal may list it as this request.
  func mayBe(_ opaque: OpaqueRequest) -> Bool {
    (opaque.sentAt ?? listedFrom) >= listedFrom
      && opaque.endpoint ?? job.endpoint == job.endpoint
  }

  /// Whether fal may list it as this request, whose clips are at URLs that the table does not know.
  ///
  /// The table may be a copy, or a backup, that was made before a clip was uploaded.
  func mayBe(_ listed: ListedRequest) -> Bool {
    guard let request = listed.request, job.request.isLike(request) else { return false }
    return mayBe(
      OpaqueRequest(
        requestID: listed.requestID, endpoint: listed.endpoint, sentAt: listed.sentAt))
  }
}

/// Finds lost submits in fal's request listing.
///
/// A listed request belongs to a lost submit if their inputs are equal and it is not older than the intent.
/// fal may hand a request to the model hours after receiving it, and its documentation leaves open which of
/// the two times the listing shows. So there is no upper bound if no other job has the same input.
package enum Reconciliation {
  /// How far apart fal's clock and ours may be.
  static let clockSkew: Duration = .seconds(120)
  /// Once the clock was set, a submit may have left this much earlier than its noted time says.
  package static let clockSetMargin: Duration = .seconds(3600)
  /// How long after its intent a POST may leave: its clips may have to be uploaded first.
  package static let preparation: Duration = .seconds(120)

  /// The requests that belong to lost jobs: at most one each, and no request twice.
  ///
  /// - Parameters:
  ///   - listed: what fal shows, without requests that other jobs own.
  ///   - submitTimeout: how long a POST may take.
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
          lost.listedFrom <= request.sentAt && request.sentAt <= end
            && request.endpoint ?? job.endpoint == job.endpoint
        }
        // Prefer one that ended well, then the one nearest to the intent.
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

  /// The requests that waiting jobs were already sent as: at most one each, and no request twice.
  ///
  /// Those that ended well come first, since the others may have brought nothing.
  ///
  /// - Parameter jobs: the waiting jobs that a request fits.
  package static func adopted(
    _ listed: [ListedRequest], jobs: (ListedRequest) throws -> [Job]
  ) rethrows -> [AdoptedRequest] {
    var adopted: [AdoptedRequest] = []
    var taken: Set<Job.ID> = []
    let bestFirst = listed.sorted {
      ($0.succeeded ? 0 : 1, $0.sentAt) < ($1.succeeded ? 0 : 1, $1.sentAt)
    }
    for request in bestFirst {
      guard let job = try jobs(request).first(where: { !taken.contains($0.id) }) else { continue }
      taken.insert(job.id)
      adopted.append(AdoptedRequest(job: job, request: request))
    }
    return adopted
  }

  private static func distance(_ left: Timestamp, _ right: Timestamp) -> Duration {
    max(left.since(right), right.since(left))
  }
}

extension LostSubmit {
  /// The latest moment at which fal can have received it.
  ///
  /// A write may have held the POST up, or the machine may have slept, so it may have left long after its
  /// intent; but it left before it was given up.
  fileprivate func end(submitTimeout: Duration) -> Timestamp {
    let leaving: Duration = job.request.files.isEmpty ? .zero : Reconciliation.preparation
    return max(intent + leaving + submitTimeout, since) + Reconciliation.clockSkew
  }
}

extension SpeechRequest {
  /// Whether it differs from `listed` only in files of ours that have URLs there.
  fileprivate func isLike(_ listed: SpeechRequest) -> Bool {
    self != listed && scene == listed.scene && context.count == listed.context.count
      && zip(context, listed.context).allSatisfy { ours, theirs in
        if ours == theirs { return true }
        guard case .object = ours.source, case .url = theirs.source else { return false }
        return ours.prompt == theirs.prompt && ours.speakerID == theirs.speakerID
      }
  }
}
