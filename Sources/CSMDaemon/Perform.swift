import CSMCore
import CSMFal
import CSMFiles
import CSMSQLite

/// Does what the dispatcher wants done: one action, one outcome, no decisions.
package struct Perform: Sendable {
  let fal: FalClient
  let store: AudioStore
  let table: JobTable
  /// Nil where there is no place for marks.
  let marks: SentMarks?
  let clock: any DaemonClock
  let audioBytesMax: Int
  let metrics: Metrics

  package init(
    fal: FalClient, store: AudioStore, table: JobTable, marks: SentMarks?,
    clock: any DaemonClock, audioBytesMax: Int, metrics: Metrics = Metrics()
  ) {
    self.fal = fal
    self.store = store
    self.table = table
    self.marks = marks
    self.clock = clock
    self.audioBytesMax = audioBytesMax
    self.metrics = metrics
  }

  /// Does the action and gives what came of it.
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
    case .list(let endpoints, let since): .listed(await list(endpoints, since: since))
    case .probe: .probed(await fal.probe())
    case .checkDisk: .freeBytes(freeBytes())
    }
  }

  private func outcome(of step: Dispatcher.Step, _ job: Job) async -> Dispatcher.StepOutcome {
    switch (step, job.state) {
    case (.submit, .submitting):
      .submit(await submit(job))
    case (.poll, .inQueue(let ticket)), (.poll, .inProgress(let ticket)):
      .poll(await fal.poll(ticket, of: job.endpoint))
    case (.collect, .inQueue(let ticket)), (.collect, .inProgress(let ticket)):
      .collect(await fal.collect(ticket, of: job.endpoint))
    case (.cancel, .inQueue(let ticket)), (.cancel, .inProgress(let ticket)):
      .cancel(await fal.cancel(ticket, of: job.endpoint))
    case (.fetch, .completed(_, let result)):
      .fetch(await fetch(job, result))
    default:
      preconditionFailure("nothing to \(step.rawValue) in the state \(job.state.name.rawValue)")
    }
  }

  private func submit(_ job: Job) async -> SubmitOutcome {
    let mark = SentMarks.Mark(job: job.id, generation: Int64(job.generation))
    return await fal.submit(job.request, to: job.endpoint, at: clock.now()) { [marks] in
      marks?.make(mark) ?? true
    }
  }

  private func fetch(_ job: Job, _ result: String) async -> FetchOutcome {
    do {
      let incoming = try store.receive(
        name: "\(job.id)-\(job.generation)", limit: audioBytesMax)
      defer { incoming.discard() }
      switch await fal.fetch(result: result, into: incoming) {
      case .failed(let outcome): return outcome
      case .refusedBySink(let error): throw error
      case .complete(let size): return .stored(StoredAudio(try incoming.finish(expecting: size)))
      }
    } catch let error as FileError where error.isOutOfSpace {
      return .diskFull(Problem("disk_full", "\(error)"))
    } catch AudioFault.tooLong(let limit) {
      return .refused(Problem("too_large", "the audio is longer than \(limit) bytes"))
    } catch let fault as AudioFault {
      return .damaged(Problem("bad_audio", "\(fault)"))
    } catch {
      return .later(Problem("store_failed", "\(error)"), retryAfter: nil)
    }
  }

  private func list(_ endpoints: [String], since: Timestamp) async -> ListingOutcome {
    let outcome = await fal.list(endpoints: endpoints, since: since)
    guard case .listed(let requests) = outcome else { return outcome }
    do {
      let owned = try table.ownedRequests(among: requests.map(\.requestID))
      return .listed(requests.filter { !owned.contains($0.requestID) })
    } catch {
      return .unavailable(Problem("table_failed", "\(error)"))
    }
  }

  /// Free room for the daemon; none where it cannot be told.
  func freeBytes() -> Int64 {
    (try? store.freeBytes()).map(Int64.init) ?? 0
  }
}

extension Incoming: AudioSink {}

extension StoredAudio {
  init(_ received: ReceivedAudio) {
    self.init(
      digest: received.digest, bytes: received.bytes,
      mediaType: "audio/\(received.info.container)",
      durationMilliseconds: received.info.durationMilliseconds, measure: received.measure)
  }
}
