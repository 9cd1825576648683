/// Finds lost submits in fal's request listing.
///
/// A listed request is a lost one's when its input is equal and fal received it around the intent.
/// Both clocks may be off, so the window is wide; the input decides.
package enum Reconciliation {
  /// How far fal's clock and ours may be apart.
  static let clockSkew: Duration = .seconds(120)
  /// How long after its intent a POST may leave: its clips may have to be uploaded first.
  package static let preparation: Duration = .seconds(120)

  /// The requests that belong to lost jobs, at most one each, no request twice.
  ///
  /// - Parameters:
  ///   - lost: the jobs that are looked for, with the moments of their intents, and since when it is
  ///     certain that their POSTs are not to leave any more.
  ///   - listed: what fal shows, without the requests that other jobs own.
  ///   - submitTimeout: how long a POST may have been on its way.
  static func match(
    lost: [(job: Job, intent: Timestamp, since: Timestamp)], listed: [ListedRequest],
    submitTimeout: Duration
  ) -> [Job.ID: ListedRequest] {
    var candidates = Dictionary(grouping: listed.filter { $0.request != nil }) { $0.request }
    var found: [Job.ID: ListedRequest] = [:]
    for (job, intent, since) in lost.sorted(by: { ($0.intent, $0.job.id) < ($1.intent, $1.job.id) })
    {
      let leaving: Duration = job.request.files.isEmpty ? .zero : preparation
      // What was to be written down first may have been held up, or the machine have slept: the POST
      // left before it was given up, however long after its intent.
      let last = max(intent + leaving + submitTimeout, since)
      let window = intent - clockSkew...last + clockSkew
      let matches = (candidates[job.request] ?? []).filter { request in
        window.contains(request.sentAt) && request.endpoint ?? job.endpoint == job.endpoint
      }
      // Of several, one that ended well is worth most; then the one nearest to the intent.
      let best = matches.min { left, right in
        if left.succeeded != right.succeeded { return left.succeeded }
        return distance(left.sentAt, intent) < distance(right.sentAt, intent)
      }
      guard let best else { continue }
      found[job.id] = best
      candidates[job.request]?.removeAll { $0.requestID == best.requestID }
    }
    return found
  }

  private static func distance(_ left: Timestamp, _ right: Timestamp) -> Duration {
    max(left.since(right), right.since(left))
  }
}
