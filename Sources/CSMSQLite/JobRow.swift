import CSMCore
import Foundation
import GRDB

// A job as a row of the table, both ways side by side.

extension Job {
  static let columns = """
    job.id, endpoint, input, take, job.generation, state, submits, attempts, deferrals, cancel_wanted,
    retry_wanted, wake_at, job.intent_at, unknown_since, job.request_id, status_url, response_url,
    cancel_url, accepted_at, result
    """

  /// Reads a row of `columns` in a state that the daemon works on or may claim.
  init(row: Row) throws {
    let id: Int64 = row["id"]
    let ticket = Ticket(row: row)
    let name = JobState.Name(rawValue: row["state"])
    let state: JobState? =
      switch name {
      case .queued: (row["wake_at"] as Int64?).map { .queued(due: Timestamp(milliseconds: $0)) }
      case .submitting:
        (row["intent_at"] as Int64?).map { .submitting(intent: Timestamp(milliseconds: $0)) }
      case .unknown:
        .unknown(
          intent: Timestamp(milliseconds: row["intent_at"] ?? 0),
          since: Timestamp(milliseconds: row["unknown_since"] ?? 0))
      case .inQueue: ticket.map(JobState.inQueue)
      case .inProgress: ticket.map(JobState.inProgress)
      case .completed: ticket.map { .completed($0, result: row["result"] ?? "") }
      case .held: .held(ticket, result: row["result"])
      case .stored, .failed, .cancelled, nil: nil
      }
    guard let state else { throw TableError.damaged("job \(id) is in no state to work on") }
    self.init(
      id: id, endpoint: row["endpoint"], request: try SpeechRequest(json: row["input"], job: id),
      take: row["take"],
      generation: row["generation"], state: state, submits: row["submits"],
      attempts: row["attempts"], deferrals: row["deferrals"], cancelWanted: row["cancel_wanted"],
      retryWanted: row["retry_wanted"])
  }
}

/// The columns that depend on the state alone: the state's own data, and NULL in all other states.
private struct StateColumns {
  var wakeAt: Timestamp?
  var intentAt: Timestamp?
  var unknownSince: Timestamp?
  var result: String?
  var digest: Digest?

  init(_ state: JobState) {
    switch state {
    case .queued(let due): wakeAt = due
    case .submitting(let intent): intentAt = intent
    case .unknown(let intent, let since): (intentAt, unknownSince) = (intent, since)
    case .completed(_, let result): self.result = result
    case .held(_, let result): self.result = result
    case .stored(let audio): digest = audio.digest
    case .inQueue, .inProgress, .failed, .cancelled: break
    }
  }
}

extension Move {
  /// The columns of the row after the move, and what it must still be before.
  func arguments(at now: Timestamp) -> StatementArguments {
    let state = StateColumns(after.state)
    return [
      "id": before.id, "was": before.state.name.rawValue, "generation_was": before.generation,
      "state": after.state.name.rawValue, "generation": after.generation,
      "cancel_wanted": before.cancelWanted, "retry_wanted": after.retryWanted,
      "submits": after.submits, "attempts": after.attempts, "deferrals": after.deferrals,
      "wake_at": state.wakeAt?.milliseconds, "intent_at": state.intentAt?.milliseconds,
      "unknown_since": state.unknownSince?.milliseconds, "result": state.result,
      "digest": state.digest?.data,
      "request_id": ticket?.requestID, "status_url": ticket?.statusURL,
      "response_url": ticket?.responseURL, "cancel_url": ticket?.cancelURL,
      "accepted_at": ticket?.acceptedAt.milliseconds,
      "error_class": problem?.kind, "error": problem?.message,
      "reserved": reserved?.microDollars, "now": now.milliseconds,
      "finished_at": after.state.name.isEnded ? now.milliseconds : nil,
    ]
  }

  /// What the move sets aside; nil where it sets nothing aside.
  private var reserved: Money? {
    if case .reserve(let cost) = charge { cost } else { nil }
  }

  /// The request that the row names after the move: an ended job keeps its last one.
  var ticket: Ticket? {
    after.state.ticket ?? (after.state.name.isEnded ? before.state.ticket : nil)
  }
}

extension Ticket {
  fileprivate init?(row: Row) {
    guard let requestID: String = row["request_id"] else { return nil }
    self.init(
      requestID: requestID, statusURL: row["status_url"], responseURL: row["response_url"],
      cancelURL: row["cancel_url"],
      acceptedAt: Timestamp(milliseconds: row["accepted_at"] ?? 0))
  }
}

extension SpeechRequest {
  /// Reads the column `input`.
  init(json: String, job: Int64) throws {
    do {
      self = try JSONDecoder().decode(SpeechRequest.self, from: Data(json.utf8))
    } catch {
      throw TableError.damaged("the input of job \(job) cannot be read")
    }
  }

  /// The column `input`: fal's own JSON, with its keys in a fixed order.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension Digest {
  var data: Data { withUnsafeBytes(of: bytes) { Data($0) } }

  /// Reads a column of 32 bytes; nil when it is none.
  init?(column: Data?) {
    guard let column, column.count == 32 else { return nil }
    var bytes = SIMD32<UInt8>()
    for (index, byte) in column.enumerated() { bytes[index] = byte }
    self.init(bytes)
  }
}
