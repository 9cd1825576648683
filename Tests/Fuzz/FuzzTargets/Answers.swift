import CSMCore
import CSMFal
import Synchronization

extension FuzzTarget {
  /// fal's answers: the first line is `STATUS`, then header lines, an empty line, and the body.
  static let answers = [
    answer(to: "submit", seeds: submitSeeds) { client in
      let outcome = await client.submit(.sample, to: "fal-ai/csm-1b", at: .night) { nil }
      if case .accepted(let ticket) = outcome {
        try demand(Ticket.isValid(requestID: ticket.requestID), "an id that is none was taken")
        try follow(ticket)
      }
      try decide(.submitting(intent: .night), .submit(outcome))
    },
    answer(to: "status", seeds: statusSeeds) { client in
      try decide(.inQueue(.sample), .poll(await client.poll(.sample, of: "fal-ai/csm-1b")))
    },
    answer(to: "result", seeds: resultSeeds) { client in
      let outcome = await client.collect(.sample, of: "fal-ai/csm-1b")
      try decide(.inProgress(.sample), .collect(outcome))
    },
    answer(to: "cancel", seeds: statusSeeds) { client in
      try decide(.inProgress(.sample), .cancel(await client.cancel(.sample, of: "fal-ai/csm-1b")))
    },
    answer(to: "listing", seeds: listingSeeds) { client in
      let outcome = await client.list(
        endpoints: ["fal-ai/csm-1b"], since: .night, wait: { _ in }
      ) { $0.scene == SpeechRequest.sample.scene }
      if case .listed(let requests, _) = outcome {
        for request in requests {
          try demand(Ticket.isValid(requestID: request.requestID), "an id that is none is listed")
        }
      }
      try decide(
        .unknown(intent: .night, since: .night), event: .listed(outcome))
    },
    answer(to: "probe", seeds: statusSeeds) { client in
      try decide(
        .unknown(intent: .night, since: .night),
        event: .probed(await client.probe()))
    },
  ]

  private static func answer(
    to call: String, seeds: [String], _ read: @escaping @Sendable (FalClient) async throws -> Void
  ) -> FuzzTarget {
    FuzzTarget("answer-\(call)", seeds: seeds + refusals, words: words) { bytes in
      guard let response = HTTPResponse(fuzzed: bytes) else { return }
      let client = FalClient(transport: OneAnswer(response: response), services: .init(Settings()))
      {
        Secret("fuzz:secret")
      }
      try immediately { try await read(client) }
    }
  }

  /// Runs what never waits on this thread.
  private static func immediately(_ body: @escaping @Sendable () async throws -> Void) throws {
    let outcome = Kept<Result<Void, any Error>?>(nil)
    Task.immediate {
      do {
        outcome.value = .success(try await body())
      } catch {
        outcome.value = .failure(error)
      }
    }
    guard let outcome = outcome.value else { throw Finding("something has waited") }
    try outcome.get()
  }

  /// What the daemon would decide upon it, and when it would wake: no figure may be too much for it.
  private static func decide(_ state: JobState, _ outcome: Dispatcher.StepOutcome) throws {
    try decide(state, event: .done(7, generation: 1, outcome))
  }

  private static func decide(
    _ state: JobState, event: Dispatcher.Event
  ) throws {
    let rules = Rules(price: Price(perThousand: Money(microDollars: 30_000)))
    var dispatcher = Dispatcher(rules: rules, limits: .init(), seed: 1)
    let isSubmit = if case .submitting = state { true } else { false }
    let job = Job(
      id: 7, request: .sample, generation: isSubmit ? 0 : 1,
      state: isSubmit ? .queued(due: .night) : state, submits: 1, attempts: 1)
    if isSubmit {
      dispatcher.claim(DueJobs(jobs: [job], nextDue: nil), spent: .zero, at: .night)
    } else {
      dispatcher.take(.recovered([job], unsent: []), at: .night)
    }
    _ = dispatcher.changes()
    _ = dispatcher.dueActions(at: .night + .seconds(60))
    dispatcher.take(event, at: .night + .seconds(61))
    let changes = dispatcher.changes()
    for move in changes.moves {
      try demand(move.before.generation == move.after.generation || isSubmit, "another generation")
    }
    _ = dispatcher.dueActions(at: .night + .seconds(3600))
    if let wake = dispatcher.nextWake(after: .night) {
      try demand(wake < .night + .seconds(30 * 86_400), "it sleeps for ever")
    }
  }

  /// Every question about a request stays under the queue's own address.
  private static func follow(_ ticket: Ticket) throws {
    let urls = Kept<[String]>([])
    let client = FalClient(transport: Eavesdropper(urls: urls), services: .init(Settings())) {
      Secret("fuzz:secret")
    }
    try immediately {
      _ = await client.poll(ticket, of: "fal-ai/csm-1b")
      _ = await client.collect(ticket, of: "fal-ai/csm-1b")
      _ = await client.cancel(ticket, of: "fal-ai/csm-1b")
    }
    for url in urls.value {
      let path = "requests/\(ticket.requestID)"
      try demand(
        url.hasPrefix("https://queue.fal.run/fal-ai/csm-1b/") && url.contains(path)
          && !url.contains("..") && !url.contains("#"), "the key would go to \(url)")
    }
  }
}
