/// Hosts that may have a connection on which nothing is answered any more.
///
/// libcurl shares an HTTP/2 connection until it is closed, so one that is open and silent would get all
/// GETs to its host, each until its own deadline.
struct StuckHosts {
  /// How long GETs to a host do not share connections after one got no answer.
  ///
  /// By then, libcurl drops a connection that nobody has used since: see CURLOPT_MAXAGE_CONN in `Options`.
  static let rest: Duration = .seconds(90)

  private var until: [String: ContinuousClock.Instant] = [:]

  /// A GET to `host` that shared a connection got no answer in time.
  mutating func noteSilence(of host: String, at now: ContinuousClock.Instant) {
    until = until.filter { $0.value > now }
    until[host] = now + Self.rest
  }

  /// Whether a GET to `host` needs a new connection.
  func contains(_ host: String, at now: ContinuousClock.Instant) -> Bool {
    until[host].map { $0 > now } ?? false
  }
}
