import CSMCore
import CSMFiles
import CSMSQLite
import Logging

/// The daemon's log: one line per transition, as fields, without the key or the texts of lines.
package struct EventLog: Sendable {
  private let logger: Logger

  package init(_ logger: Logger) {
    self.logger = logger
  }

  /// For filtering the journal (`journalctl MESSAGE_ID=…`); they never change.
  enum Event: String {
    case stored = "952dfc735e60413190e255ed5d5936a2"
    case failed = "f48717d9b5394f35bef33da35d703f77"
    case held = "876172b550a2401cbcb3df3184a10eb0"
    case unknown = "4c8bc3659c7c4fdba87ae935582351ba"
    case gateClosed = "0e21af1b14a64999a79b7ae64f1bcc5f"
    case gateOpen = "8d8165ed046f40a4b80ab2d6ec1b32a3"
    case diskFull = "f95d1adb05ec47e795c75084e73815f9"
  }

  /// The names of jobs' lines; read only when something is logged.
  typealias Names = (Set<Job.ID>) -> [Job.ID: JobTable.JobName]

  func saved(_ changes: Dispatcher.Changes, missed: Set<Job.ID>, names: Names) {
    for move in changes.moves where missed.contains(move.before.id) {
      logger.notice("moved by somebody else", metadata: ["job": "\(move.before.id)"])
    }
    let told = changes.moves.filter { move in
      !missed.contains(move.before.id) && logger.logLevel <= level(of: move.after.state.name)
    }
    let known = told.isEmpty ? [:] : names(Set(told.map(\.after.id)))
    for move in told { saved(move, known[move.after.id]) }
    for exhausted in changes.exhausted {
      logger.warning(
        "budget exhausted",
        metadata: [
          "batch": "\(exhausted.budget.name)", "budget": "\(exhausted.budget.limit.dollars)",
          "spent": "\(exhausted.budget.spent.dollars)",
          "next_cost": "\(exhausted.nextCost.dollars)",
        ])
    }
    for (name, gate) in changes.gates { changed(name, gate) }
    for (id, notice) in changes.notices.sorted(by: { $0.key < $1.key }) {
      guard let problem = notice.problem else { continue }
      warn("makes no progress", id, problem, names)
    }
  }

  /// Gates that a person closed or opened.
  func changed(closed: [Gate], opened: [Gate.Name]) {
    for gate in closed { changed(gate.name, gate) }
    for name in opened { changed(name, nil) }
  }

  private func changed(_ name: Gate.Name, _ gate: Gate?) {
    guard let gate else {
      log(.notice, "gate open", .gateOpen, ["gate": "\(name.rawValue)"])
      return
    }
    log(
      .warning, "gate closed", name == .disk ? .diskFull : .gateClosed,
      [
        "gate": "\(name.rawValue)", "reason": "\(gate.reason)",
        "probe_at": "\(gate.probeAt?.rfc3339 ?? "never")",
      ])
  }

  private func saved(_ move: Move, _ name: JobTable.JobName?) {
    let state = move.after.state.name
    var metadata = Self.metadata(move.after.id, name)
    metadata["from"] = "\(move.before.state.name.rawValue)"
    metadata["state"] = "\(state.rawValue)"
    metadata["cause"] = "\(move.cause.rawValue)"
    if let id = (move.after.state.ticket ?? move.before.state.ticket)?.requestID {
      metadata["request_id"] = "\(id)"
    }
    if let problem = move.problem {
      metadata["error_class"] = "\(problem.kind)"
      metadata["error"] = "\(problem.message)"
    }
    if case .stored(let audio) = move.after.state {
      metadata["digest"] = "\(audio.digest.hex)"
      metadata["bytes"] = "\(audio.bytes)"
    }
    log(level(of: state), state.rawValue, event(of: state), metadata)
  }

  private static func metadata(_ id: Job.ID, _ name: JobTable.JobName?) -> Logger.Metadata {
    [
      "job": "\(id)", "line": .array((name?.lines ?? []).map { .string($0) }),
      "batch": .array((name?.batches ?? []).map { .string($0) }),
    ]
  }

  private static func metadata(
    _ id: Job.ID, _ problem: Problem, _ names: Names
  ) -> Logger.Metadata {
    metadata(id, names([id])[id]).merging([
      "error_class": "\(problem.kind)", "error": "\(problem.message)",
    ]) { _, new in new }
  }

  func held(_ row: UnreadableRow, names: Names) {
    log(
      .error, JobState.Name.held.rawValue, .held, Self.metadata(row.job, row.problem, names))
  }

  /// Info if the job goes on, notice if it ended well, warning if it is tried again, error if it needs a
  /// person.
  private func level(of state: JobState.Name) -> Logger.Level {
    switch state {
    case .failed, .held: .error
    case .unknown, .queued: .warning
    case .stored, .cancelled: .notice
    case .submitting, .inQueue, .inProgress, .completed: .info
    }
  }

  private func event(of state: JobState.Name) -> Event? {
    switch state {
    case .stored: .stored
    case .failed: .failed
    case .held: .held
    case .unknown: .unknown
    case .queued, .cancelled, .submitting, .inQueue, .inProgress, .completed: nil
    }
  }

  private func log(
    _ level: Logger.Level, _ message: String, _ event: Event?, _ metadata: Logger.Metadata
  ) {
    var metadata = metadata
    if let event { metadata["message_id"] = "\(event.rawValue)" }
    logger.log(level: level, "\(message)", metadata: metadata)
  }

  /// A failed reading of a result or a failed download moves no job, but is logged because the request was
  /// paid for.
  func happened(_ event: Dispatcher.Event, names: Names) {
    switch event {
    case .done(let id, _, .poll(let outcome)):
      switch outcome {
      case .missing(let problem), .unreadable(let problem), .later(let problem, _),
        .gated(_, let problem):
        warn("status put off", id, problem, names)
      case .inQueue, .inProgress, .completed, .long: break
      }
    case .account(let account):
      if let complaint = account.clockComplaint { logger.warning("\(complaint)") }
    case .done(let id, _, .collect(let outcome)):
      switch outcome {
      case .missing(let problem), .unreadable(let problem), .cancelled(let problem),
        .later(let problem, _), .gated(_, let problem):
        warn("result put off", id, problem, names)
      case .failed(let failure): warn("result put off", id, failure.problem, names)
      case .audio, .long, .notYet: break
      }
    case .done(let id, _, .fetch(let outcome)):
      switch outcome {
      case .damaged(let problem, _), .later(let problem, _), .slow(let problem),
        .diskFull(let problem):
        warn("download put off", id, problem, names)
      case .stored, .refused: break
      }
    default: break
    }
  }

  private func warn(_ what: String, _ id: Job.ID, _ problem: Problem, _ names: Names) {
    guard logger.logLevel <= .warning else { return }
    logger.warning("\(what)", metadata: Self.metadata(id, problem, names))
  }

  func waiting(_ error: any Error) {
    log(
      .error, "nothing can be written, so nothing is started",
      TransientRetry.isFull(error) ? .diskFull : nil, ["error": "\(error)"])
  }

  func goesOn() {
    logger.notice("what was in the way is gone")
  }

  func grown(_ grown: GrownLog) { logger.warning("\(grown)") }

  /// The last connection checkpoints the WAL when it closes, unless that has to wait.
  package func unclosed(_ error: any Error) {
    logger.notice(
      "stopped without tidying the database; the next start does that",
      metadata: ["error": "\(error)"])
  }

  func unmarked(_ error: any Error) {
    logger.warning(
      "submits are sent without a mark: after a crash, only fal's list of requests can say what was accepted",
      metadata: ["error": "\(error)"])
  }

  func paused(because reason: String) {
    log(.error, "paused: \(reason)", .gateClosed, ["gate": "paused", "reason": "\(reason)"])
  }

  func clockWasSet(to now: Timestamp) {
    logger.warning(
      "the clock was changed by more than a minute: all waits start over",
      metadata: ["now": "\(now.rfc3339)"])
  }

  func stopping() {
    logger.notice(
      "stopping: no new submits; waiting for answers on their way; a second signal ends csmd at once, safely"
    )
  }

  /// What a person should know about the model, according to fal.
  package func aboutModel(_ warning: String) {
    logger.warning("\(warning)")
  }

  func judgeFailed(_ reason: String) {
    logger.warning(
      "CSM_JUDGE_CMD failed: the lines stay unmarked", metadata: ["error": "\(reason)"])
  }

  func failed(_ what: String, _ error: any Error) {
    logger.warning("\(what)", metadata: ["error": "\(error)"])
  }
}
