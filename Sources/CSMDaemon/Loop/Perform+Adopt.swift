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
      case .unavailable(let problem, _): return .unavailable(problem)
      case .listed(let requests, let opaque):
        let adopted = try Reconciliation.adopted(requests) { listed in
          guard let request = listed.request else { return [] }
          let models = listed.endpoint.map { [$0] } ?? endpoints
          return try table.waitingJobs(
            withOneOf: models.flatMap { Self.keys(of: request, $0) })
        }
        return .found(adopted, opaque: try opaque + doubtful(requests, except: adopted))
      }
    } catch {
      return .unavailable(Problem("table_failed", "\(error)"))
    }
  }

  /// Requests that are no waiting job's by its key, but have the words of one, and clips.
  ///
  /// The table may not know which files are at the URLs of the clips, and the key of a chained turn names
  /// turns, not their audio.
  private func doubtful(
    _ requests: [ListedRequest], except adopted: [AdoptedRequest]
  ) throws -> [OpaqueRequest] {
    let known = Set(adopted.map(\.request.request))
    let others = requests.filter {
      $0.request?.context.isEmpty == false && !known.contains($0.request)
    }
    guard !others.isEmpty else { return [] }
    let scenes = try table.waitingScenes()
    return others.filter { $0.request.map { scenes.contains($0.scene) } ?? false }
      .map { OpaqueRequest(requestID: $0.requestID, endpoint: $0.endpoint, sentAt: $0.sentAt) }
  }

  private static func keys(of request: SpeechRequest, _ endpoint: String) -> [Digest] {
    (1...takesMax).map { request.key(endpoint: endpoint, take: $0) }
  }
}
