import CSMCore
import CSMFiles
import CSMSQLite

extension Perform {
  /// The most takes of one text (`reroll`, `takes`), and so the keys to look for.
  private static let takesMax = 20

  /// Searches fal's listing for requests that match waiting jobs and that no job owns.
  func adopt(since: Timestamp) async -> AdoptionOutcome {
    do {
      let endpoints = try table.waitingEndpoints()
      guard !endpoints.isEmpty else { return .found([]) }
      let outcome = await list(endpoints, since: since) { [table] request in
        // Clips in a context have other URLs at fal, so such requests are matched later.
        if !request.context.isEmpty { return true }
        return endpoints.contains { endpoint in
          (try? table.waitingJob(withOneOf: Self.keys(of: request, endpoint)).map { _ in true })
            ?? false
        }
      }
      switch outcome {
      case .unavailable(let problem): return .unavailable(problem)
      case .listed(let requests): return .found(try matched(requests, endpoints))
      }
    } catch {
      return .unavailable(Problem("table_failed", "\(error)"))
    }
  }

  private func matched(
    _ requests: [ListedRequest], _ endpoints: [String]
  ) throws -> [AdoptedRequest] {
    var found: [AdoptedRequest] = []
    var taken: Set<Digest> = []
    for listed in requests.sorted(by: { $0.sentAt < $1.sentAt }) {
      guard let request = listed.request else { continue }
      let keys = (listed.endpoint.map { [$0] } ?? endpoints)
        .flatMap { Self.keys(of: request, $0) }.filter { !taken.contains($0) }
      guard let job = try table.waitingJob(withOneOf: keys) else { continue }
      taken.insert(job.request.key(endpoint: job.endpoint, take: job.take))
      found.append(AdoptedRequest(job: job, request: listed))
    }
    return found
  }

  private static func keys(of request: SpeechRequest, _ endpoint: String) -> [Digest] {
    (1...takesMax).map { request.key(endpoint: endpoint, take: $0) }
  }
}
