import CSMCore
import CSMSQLite
import Logging

/// The daemon's log: one line a transition, as fields, without texts of lines and the key.
package struct TurnLog: Sendable {
  private let logger: Logger

  package init(_ logger: Logger) {
    self.logger = logger
  }

  func saved(_ changes: Dispatcher.Changes, missed: Set<Job.ID>) {
    for move in changes.moves {
      if missed.contains(move.before.id) {
        logger.notice("moved by somebody else", metadata: ["job": "\(move.before.id)"])
      } else {
        saved(move)
      }
    }
    for exhausted in changes.exhausted {
      logger.warning(
        "budget exhausted",
        metadata: [
          "batch": "\(exhausted.budget.name)", "budget": "\(exhausted.budget.limit.dollars)",
          "spent": "\(exhausted.budget.spent.dollars)",
          "next_cost": "\(exhausted.nextCost.dollars)",
        ])
    }
    for (name, gate) in changes.gates {
      if let gate {
        logger.warning(
          "gate closed",
          metadata: [
            "gate": "\(name.rawValue)", "reason": "\(gate.reason)",
            "probe_at": "\(gate.probeAt?.rfc3339 ?? "never")",
          ])
      } else {
        logger.notice("gate open", metadata: ["gate": "\(name.rawValue)"])
      }
    }
  }

  private func saved(_ move: Move) {
    var metadata: Logger.Metadata = [
      "job": "\(move.after.id)", "from": "\(move.before.state.name.rawValue)",
      "cause": "\(move.cause.rawValue)",
    ]
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
    logger.log(
      level: level(of: move), "\(move.after.state.name.rawValue)", metadata: metadata)
  }

  /// Info goes its way, notice is over and well, warning comes again, error is for a person.
  private func level(of move: Move) -> Logger.Level {
    switch move.after.state.name {
    case .failed, .held: .error
    case .unknown: .warning
    case .queued: .warning
    case .stored, .cancelled: .notice
    case .submitting, .inQueue, .inProgress, .completed: .info
    }
  }

  /// A download that brought nothing moves no job, and is told all the same: it was paid for.
  func happened(_ event: Dispatcher.Event) {
    guard case .done(let id, _, .fetch(let outcome)) = event else { return }
    switch outcome {
    case .damaged(let problem), .later(let problem, _), .diskFull(let problem):
      logger.warning(
        "download put off",
        metadata: [
          "job": "\(id)", "error_class": "\(problem.kind)", "error": "\(problem.message)",
        ])
    case .stored, .refused: break
    }
  }

  func waiting(_ error: any Error) {
    logger.error(
      "nothing can be written, and so nothing is started", metadata: ["error": "\(error)"])
  }

  func goesOn() {
    logger.notice("what was in the way is gone")
  }

  /// The last connection moves the log into the database when it closes, unless that has to wait.
  package func unclosed(_ error: any Error) {
    logger.notice(
      "left without tidying the database, which the next start does",
      metadata: ["error": "\(error)"])
  }

  func stopping() {
    logger.notice("stopping: no new submits, answers on their way are awaited")
  }
}
