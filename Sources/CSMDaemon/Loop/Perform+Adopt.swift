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
        // Clips in a context have other URLs at fal, so such requests are matched later; so are all while
        // the table cannot be read.
        if !request.context.isEmpty { return true }
        return endpoints.contains { endpoint in
          (try? table.waitingJobs(withOneOf: Self.keys(of: request, endpoint)).isEmpty) != true
        }
      }
      switch outcome {
      case .unavailable(let problem): return .unavailable(problem)
      case .listed(let requests):
        return .found(
          try Reconciliation.adopted(requests) { listed in
            guard let request = listed.request else { return [] }
            let models = listed.endpoint.map { [$0] } ?? endpoints
            return try table.waitingJobs(
              withOneOf: models.flatMap { Self.keys(of: request, $0) })
          })
      }
    } catch {
      return .unavailable(Problem("table_failed", "\(error)"))
    }
  }

  private static func keys(of request: SpeechRequest, _ endpoint: String) -> [Digest] {
    (1...takesMax).map { request.key(endpoint: endpoint, take: $0) }
  }
}
