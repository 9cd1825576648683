import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

/// The parts that tests make jobs of.
enum Sample {
  static let price = Price(perThousand: Money(microDollars: 30_000))
  static let problem = Problem("server_fault", "the server said no")
  static let result = #"{"audio": {"url": "https://fal.media/a.wav"}}"#

  static func ticket(_ id: String, at now: Timestamp = Bench.start) -> Ticket {
    Ticket(
      requestID: id, statusURL: "https://queue.fal.run/\(id)/status",
      responseURL: "https://queue.fal.run/\(id)", cancelURL: nil, acceptedAt: now)
  }

  static func audio(_ name: String) -> StoredAudio {
    StoredAudio(
      digest: .of(Array(name.utf8)), bytes: 44_100, mediaType: "audio/wav",
      durationMilliseconds: 1500)
  }

  static func voice(_ name: String, words: String = "Hello there.") -> Voice {
    Voice(name: name, clip: audio(name).digest, transcript: words)
  }

  /// Every move that the state machine allows from a job's state.
  static func moves(of job: Job, requestID: String, at now: Timestamp) -> [Move] {
    var generator = SeededGenerator(seed: 1)
    let (holds, resubmits) = (
      Rules(price: price), Rules(resubmitsUnknown: true, price: price)
    )
    switch job.state {
    case .queued:
      let listed = ListedRequest(
        requestID: requestID, sentAt: now, request: job.request, succeeded: true)
      return [job.claimed(at: now, price: price), job.adopted(listed, at: now, price: price)[0]]
    case .submitting(let intent):
      let outcomes: [SubmitOutcome] = [
        .accepted(ticket(requestID, at: now)), .notSent(problem), .later(problem, retryAfter: nil),
        .gated(.auth, problem), .denied(problem), .rejected(problem), .unclear(problem),
      ]
      return outcomes.map { job.after($0, intent: intent, at: now, generator: &generator) }
        + [job.neverSent(at: now), job.restarted(intent: intent, at: now)]
    case .unknown:
      return [
        job.found(ticket(requestID, at: now)),
        job.absent(wasRead: true, rules: holds, at: now),
        job.absent(wasRead: true, rules: resubmits, at: now),
      ]
    case .inQueue(let ticket), .inProgress(let ticket):
      let other = job.state.name == .inQueue ? JobState.inProgress(ticket) : .inQueue(ticket)
      return [
        job.progressed(to: other), job.lost(ticket, problem, at: now),
        job.finished(ticket, result: result, units: nil, price: price),
        job.finished(ticket, result: result, units: 0.5, price: price),
        job.failedAtFal(
          FalFailure(problem, isTransient: true, isByModel: true), isSure: true, rules: holds,
          at: now, generator: &generator),
        job.failedAtFal(
          FalFailure(problem, isTransient: false, units: 2, isByModel: true), isSure: true,
          rules: holds, at: now, generator: &generator),
        job.cancelledAtFal(problem, at: now), job.unfinished(ticket, problem),
      ].compactMap(\.self)
    case .completed(let ticket, let result):
      return [job.stored(audio(requestID)), job.unusable(ticket, result: result, problem)]
    case .held(nil, result: nil): return [job.found(ticket(requestID, at: now))]
    case .held: return []
    case .stored, .failed, .cancelled: return []
    }
  }
}

extension Bench {
  /// Commits moves and returns the jobs that were missed.
  @discardableResult
  func commit(_ moves: [Move], gates: [Gate.Name: Gate?] = [:], at now: Timestamp = start) throws
    -> Set<Job.ID>
  {
    try table.commit(.init(moves: moves, gates: gates), at: now).missed
  }

  /// Brings a queued job into a state by the shortest path.
  @discardableResult
  func bring(
    _ id: Job.ID, to target: JobState.Name, requestID: String? = nil, at now: Timestamp = start
  ) throws -> Job {
    let way: [JobState.Name] =
      switch target {
      case .queued: []
      case .submitting: [.submitting]
      case .unknown: [.submitting, .unknown]
      case .inQueue: [.submitting, .inQueue]
      case .inProgress: [.submitting, .inQueue, .inProgress]
      case .completed: [.submitting, .inQueue, .completed]
      case .stored: [.submitting, .inQueue, .completed, .stored]
      case .failed: [.submitting, .failed]
      case .cancelled: [.submitting, .inQueue, .cancelled]
      case .held: [.submitting, .unknown, .held]
      }
    var job = try job(id)
    for name in way { job = try step(id, to: name, requestID: requestID, at: now) }
    return job
  }

  /// Moves a job into an adjacent state.
  @discardableResult
  func step(
    _ id: Job.ID, to name: JobState.Name, requestID: String? = nil, at now: Timestamp = start
  ) throws -> Job {
    let moves = Sample.moves(of: try job(id), requestID: requestID ?? "request-\(id)", at: now)
    let move = try #require(moves.first { $0.after.state.name == name })
    try #require(try commit([move], at: now).isEmpty)
    return move.after
  }
}
