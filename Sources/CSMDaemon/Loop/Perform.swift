import CSMCore
import CSMFal
import CSMFiles
import CSMSQLite

/// Carries out what the dispatcher decides: one action, one outcome, no decisions.
package struct Perform: Sendable {
  let fal: FalClient
  let store: AudioStore
  let table: JobTable
  /// Nil if there is no place for marks.
  let marks: SentMarks?
  let clock: any DaemonClock
  let audioBytesMax: Int
  let uploads: ClipUploads
  let models: Models
  let metrics: Metrics
  let reserve: DiskReserve
  private let slow = SlowDownloads()

  package init(
    fal: FalClient, store: AudioStore, table: JobTable, marks: SentMarks?,
    clock: any DaemonClock, models: Models, audioBytesMax: Int, metrics: Metrics = Metrics()
  ) {
    self.fal = fal
    self.store = store
    reserve = DiskReserve(in: store.root)
    self.table = table
    self.marks = marks
    self.clock = clock
    self.models = models
    self.audioBytesMax = audioBytesMax
    self.metrics = metrics
    uploads = ClipUploads(fal: fal, store: store, table: table, clock: clock)
  }

  /// Lets no new submit leave; those that still wait for a clip to be uploaded are put off.
  package func stop() async {
    await uploads.stop()
  }

  /// Carries out the action, and returns its outcome.
  package func callAsFunction(_ action: Dispatcher.Action) async -> Dispatcher.Event {
    let start = ContinuousClock.now
    let event = await event(of: action)
    metrics.called(event, took: ContinuousClock.now - start)
    return event
  }

  private func event(of action: Dispatcher.Action) async -> Dispatcher.Event {
    switch action {
    case .step(let step, let job):
      .done(job.id, generation: job.generation, await outcome(of: step, job))
    case .list(let endpoints, let since, let scenes):
      // Contexts are not compared yet: fal knows our clips by other names.
      .listed(await list(endpoints, since: since) { scenes.contains($0.scene) })
    case .probe: .probed(await fal.probe())
    case .readAccount: .account(await account())
    case .adopt(let since): .adopted(await adopt(since: since))
    case .checkDisk: .freeBytes(freeBytesAtBest())
    }
  }

  private func outcome(of step: Dispatcher.Step, _ job: Job) async -> Dispatcher.StepOutcome {
    switch step {
    case .submit: .submit(named(await submit(job)))
    case .poll(let ticket):
      .poll(await fal.poll(ticket, of: job.endpoint, isAnothers: isAnothers))
    case .collect(let ticket, let isLong): .collect(await collect(ticket, job, isLong: isLong))
    case .cancel(let ticket): .cancel(await fal.cancel(ticket, of: job.endpoint))
    case .fetch(let result): .fetch(await fetch(job, result))
    }
  }

  /// Makes the POST, once the clips of its context are where fal can read them.
  private func submit(_ job: Job) async -> SubmitOutcome {
    switch await models.objection(to: job.endpoint) {
    case .later(let problem)?: return .notReady(problem)
    case .unfit(let problem)?: return .rejected(problem)
    case nil: break
    }
    switch await uploads.exchanged(job.request) {
    case .success(let request):
      let mark = SentMarks.Mark(job: job.id, generation: Int64(job.generation))
      return await fal.submit(request, to: job.endpoint, at: clock.now()) { [marks] in
        do throws(FileError) {
          try marks?.make(mark)
          return nil
        } catch {
          return "It must not be sent unmarked: \(error)."
        }
      }
    case .failure(.later(let problem)): return .notReady(problem)
    case .failure(.gated(let gate, let problem)): return .gated(gate, problem)
    case .failure(.refused(let problem)): return .rejected(problem)
    }
  }

  /// An answer with an id that fal has given before says nothing about this submit.
  private func named(_ outcome: SubmitOutcome) -> SubmitOutcome {
    guard case .accepted(let ticket) = outcome, (try? table.hasRequest(ticket.requestID)) == true
    else { return outcome }
    return .mixedUp(ticket.requestID)
  }

  /// Reads the result.
  ///
  /// If the model could not read one of our clips, gives up the clip's upload; the job may then be sent
  /// again, with a new one.
  private func collect(_ ticket: Ticket, _ job: Job, isLong: Bool) async -> CollectOutcome {
    let outcome = await fal.collect(
      ticket, of: job.endpoint, isLong: isLong, isAnothers: isAnothers)
    guard case .failed(let failure) = outcome, failure.isByModel else { return outcome }
    do {
      guard try isAboutClip(failure.problem, job) else { return outcome }
      try table.buryUploads(of: job.request.files, before: ticket.acceptedAt, at: clock.now())
      return .failed(
        FalFailure(failure.problem, isTransient: true, units: failure.units, isByModel: true))
    } catch {
      return .later(Problem("table_failed", "\(error)"), retryAfter: nil)
    }
  }

  /// Whether a job owns the request, or may own it: the table could not be read.
  private func isAnothers(_ requestID: String) -> Bool {
    (try? table.ownedRequests(among: [requestID]).isEmpty) != true
  }

  /// Whether the model complains that one of our clips was not there for it.
  private func isAboutClip(_ problem: Problem, _ job: Job) throws -> Bool {
    let files = job.request.files
    if problem.kind == "file_download_error" { return !files.isEmpty }
    return try table.urls(of: files).contains { problem.message.contains($0) }
  }

  /// - Parameter result: nil if it is only in the table.
  private func fetch(_ job: Job, _ result: String?) async -> FetchOutcome {
    do {
      guard let result = try result ?? table.result(of: job) else {
        return .later(Problem("no_result", "the result is not in the table"), retryAfter: nil)
      }
      let outcome = try await receive(result, of: job)
      // A signed URL expires; fal signs another for each reading.
      guard outcome.isAbsent, let ticket = job.state.ticket,
        let renewed = await fal.renewed(
          result, ticket, of: job.endpoint, isAnothers: isAnothers)
      else { return outcome }
      return try await receive(renewed, of: job)
    } catch let error as FileError where error.isOutOfSpace {
      return .diskFull(Problem("disk_full", "\(error)"))
    } catch let useless as UselessAudio {
      return .damaged(Problem("bad_audio", "\(useless)"), useless.proof)
    } catch let fault as AudioFault {
      if case .tooLong = fault { return .refused(Problem("too_large", "\(fault)")) }
      return .damaged(Problem("bad_audio", "\(fault)"))
    } catch {
      return .later(Problem("store_failed", "\(error)"), retryAfter: nil)
    }
  }

  /// Downloads the audio of this result into the store.
  private func receive(_ result: String, of job: Job) async throws -> FetchOutcome {
    let (kept, patience) = slow.resume(job.id)
    let download = try kept ?? newDownload(of: job)
    let base = job.state.ticket.map { fal.resultURL($0, of: job.endpoint) }
    switch await fal.fetch(
      result: result, from: base, by: download.funnel, patience: patience)
    {
    case .failed(.slow(let problem)):
      slow.putOff(job.id, download)
      return .slow(problem)
    case .failed(let outcome):
      download.incoming.discard()
      return outcome
    case .refusedBySink(let error): throw error
    case .complete(let size, let isWhole):
      slow.end(job.id)
      return .stored(
        StoredAudio(
          try download.incoming.finish(
            expecting: size, isWhole: isWhole, keepsUseless: true)))
    }
  }

  private func newDownload(of job: Job) throws -> SlowDownloads.Download {
    let incoming = try store.receive(name: "\(job.id)-\(job.generation)", limit: audioBytesMax)
    return SlowDownloads.Download(incoming: incoming, funnel: AudioFunnel(incoming))
  }

  /// Reads fal's listing, and leaves out the requests that jobs own.
  func list(
    _ endpoints: [String], since: Timestamp, isWanted: @Sendable (SpeechRequest) -> Bool
  ) async -> ListingOutcome {
    let outcome = await fal.list(
      endpoints: endpoints, since: since, wait: clock.sleep(for:), isWanted: isWanted)
    do {
      switch outcome {
      case .listed(let requests, let opaque):
        let owned = try table.ownedRequests(among: opaque.compactMap(\.requestID))
        return .listed(try unowned(requests), opaque: opaque.filter { !$0.isOwned(owned) })
      case .unavailable(let problem, let shown):
        return .unavailable(problem, shown: try unowned(shown))
      }
    } catch {
      return .unavailable(Problem("table_failed", "\(error)"))
    }
  }

  /// The requests that no job owns, as they can be compared with what jobs hold.
  private func unowned(_ requests: [ListedRequest]) throws -> [ListedRequest] {
    let owned = try table.ownedRequests(among: requests.map(\.requestID))
    return try withFiles(requests.filter { !owned.contains($0.requestID) })
  }

  /// The requests, with our own files in their contexts in place of the URLs by which fal knows
  /// them, so that they can be compared with what jobs hold.
  private func withFiles(_ requests: [ListedRequest]) throws -> [ListedRequest] {
    let urls = Set(requests.flatMap { $0.request?.context.map(\.audioURL) ?? [] })
    guard !urls.isEmpty else { return requests }
    let files = try table.files(at: urls)
    return requests.map { listed in
      guard var request = listed.request else { return listed }
      for index in request.context.indices {
        if let file = files[request.context[index].audioURL] {
          request.context[index].audioURL = ClipSource.object(file).audioURL
        }
      }
      return ListedRequest(
        requestID: listed.requestID, endpoint: listed.endpoint, sentAt: listed.sentAt,
        request: request, succeeded: listed.succeeded)
    }
  }

  private func account() async -> Account {
    let readAt = clock.now()
    let unbilled = (try? table.spent(since: readAt - Account.lag)) ?? .zero
    let balance = await fal.balance()
    return Account(
      balance: balance, readAt: readAt, unbilled: unbilled, clockOffset: fal.clock?.offset)
  }

  /// The free space, once the database takes no more of it than it must.
  private func freeBytesAtBest() -> Int64 {
    do {
      try table.checkpoint()
    } catch TableError.full {
      try? table.checkpoint(relieve: reserve.release)
    } catch {
      // The next commit throws it, too.
    }
    return freeBytes()
  }

  /// The free space for the daemon; 0 if it cannot be determined.
  func freeBytes() -> Int64 {
    (try? store.freeBytes()).map(Int64.init) ?? 0
  }
}

extension Incoming: AudioSink {}
