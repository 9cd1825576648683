import CSMCore
import Foundation
import GRDB

// A job as a row of the table: reading and writing, side by side.

extension Job {
  /// SQL: whether csmd added the take, and no line has it as its own: such a line is a person's.
  static let isAdded = """
    iif(is_reroll,
      NOT EXISTS (SELECT 1 FROM batch_item WHERE job_id = job.id AND former IS NULL), 0)
    """

  /// The columns of a job, without a long result.
  ///
  /// A long result stays in the table until its download begins: many of them would fill the memory.
  static let columns = """
    job.id, endpoint, input, take, \(isAdded) AS is_reroll, job.generation, state, submits, attempts,
    deferrals, cancel_wanted, retry_wanted, wake_at, waits_for, job.intent_at, unknown_since, job.request_id, status_url,
    response_url, cancel_url, accepted_at,
    iif(length(CAST(result AS BLOB)) > \(CollectOutcome.bytesMax), NULL, result) AS result,
    (SELECT max(generation) FROM submission WHERE job_id = job.id) AS last_generation
    """

  /// Reads a row of `columns` in a state that the daemon works on or may claim.
  init(row: Row) throws(UnreadableRow) {
    let endpoint: String = row["endpoint"]
    guard Settings.isEndpoint(endpoint) else { throw row.unreadable("endpoint") }
    guard let request = SpeechRequest(column: row["input"]) else { throw row.unreadable("input") }
    let generation = try row.count("generation")
    // Otherwise the next submit would reuse the number of an earlier one.
    guard generation >= row["last_generation"] ?? 0 else { throw row.unreadable("generation") }
    let state = try JobState(row: row)
    self.init(
      id: row["id"], endpoint: endpoint, request: request, take: try row.count("take", from: 1),
      isReroll: row["is_reroll"],
      generation: generation, state: state,
      // A submit that did not leave is subtracted again.
      submits: try row.count("submits", from: state.name == .submitting ? 1 : 0),
      attempts: try row.count("attempts"), deferrals: try row.count("deferrals"),
      cancelWanted: row["cancel_wanted"], retryWanted: row["retry_wanted"])
  }
}

extension JobState {
  fileprivate init(row: Row) throws(UnreadableRow) {
    switch Name(rawValue: row["state"]) {
    case .queued:
      guard [nil, "turns", "budget"].contains(row["waits_for"] as String?) else {
        throw row.unreadable("waits_for")
      }
      self = .queued(due: try row.moment("wake_at"))
    case .submitting: self = .submitting(intent: try row.moment("intent_at"))
    case .unknown:
      self = .unknown(
        intent: try row.moment("intent_at"), since: try row.moment("unknown_since"))
    case .inQueue: self = .inQueue(try Ticket(row: row))
    case .inProgress: self = .inProgress(try Ticket(row: row))
    case .completed: self = .completed(try Ticket(row: row), result: row["result"])
    case .held:
      let hasTicket = row["request_id"] as String? != nil
      self = .held(hasTicket ? try Ticket(row: row) : nil, result: row["result"])
    case .stored, .failed, .cancelled, nil: throw row.unreadable("state")
    }
  }
}

/// The columns that depend on the state alone; those of other states are NULL.
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
  /// The columns of the row after the move, and what the row must hold before it.
  func arguments(at now: Timestamp) -> StatementArguments {
    let state = StateColumns(after.state)
    return [
      "id": before.id, "was": before.state.name.rawValue, "generation_was": before.generation,
      "state": after.state.name.rawValue, "generation": after.generation,
      "cancel_wanted": before.cancelWanted, "retry_wanted_was": before.retryWanted,
      "retry_wanted": after.retryWanted, "is_owed": isOwed,
      "submits": after.submits, "attempts": after.attempts, "deferrals": after.deferrals,
      "wake_at": state.wakeAt, "intent_at": state.intentAt, "unknown_since": state.unknownSince,
      "result": state.result, "keeps_result": keepsResult, "digest": state.digest?.data,
      "request_id": ticket?.requestID, "status_url": ticket?.short(\.statusURL),
      "response_url": ticket?.responseURL, "cancel_url": ticket?.short(\.cancelURL),
      "accepted_at": ticket?.acceptedAt,
      "error_class": problem?.kind, "error": problem?.message,
      "reserved": reserved, "now": now,
      "finished_at": after.state.name.isEnded ? now : nil,
    ]
  }

  /// Whether the result is only in the table, and stays there.
  private var keepsResult: Bool {
    if case .completed(_, nil) = before.state { after.state.name == .held } else { false }
  }

  /// Whether it is about money that was spent without the table's knowledge.
  private var isOwed: Bool {
    if case .owed = charge { true } else { false }
  }

  /// What the move reserves; nil for nothing.
  private var reserved: Money? {
    if case .reserve(let cost) = charge { cost } else { nil }
  }

  /// The request's id, if this move is the first to know it: see `JobTable.history`.
  var newRequestID: String? {
    ticket?.requestID == before.state.ticket?.requestID ? nil : ticket?.requestID
  }

  /// The request that the row names after the move; an ended job keeps its last one.
  var ticket: Ticket? {
    after.state.ticket ?? (after.state.name.isEnded ? before.state.ticket : nil)
  }
}

extension Ticket {
  /// A URL as its column stores it: relative to the response URL if it is below that.
  ///
  /// In full, the three URLs would be nearly half of an ended row.
  fileprivate func short(_ url: KeyPath<Ticket, String?>) -> String? {
    guard let whole = self[keyPath: url], let base = responseURL,
      whole.utf8.starts(with: Array("\(base)/".utf8))
    else { return self[keyPath: url] }
    return String(decoding: whole.utf8.dropFirst(base.utf8.count), as: UTF8.self)
  }

  private static func whole(_ column: String?, below base: String?) -> String? {
    guard let column, let base, column.hasPrefix("/") else { return column }
    return base + column
  }

  fileprivate init(row: Row) throws(UnreadableRow) {
    let requestID: String? = row["request_id"]
    guard let requestID, Self.isValid(requestID: requestID) else {
      throw row.unreadable("request_id")
    }
    let base: String? = row["response_url"]
    self.init(
      requestID: requestID, statusURL: Self.whole(row["status_url"], below: base),
      responseURL: base, cancelURL: Self.whole(row["cancel_url"], below: base),
      acceptedAt: try row.moment("accepted_at"))
  }
}

extension SpeechRequest {
  /// Reads the column `input`; nil if it is damaged.
  init?(column: String) {
    guard let request = try? JSONDecoder().decode(SpeechRequest.self, from: Data(column.utf8))
    else { return nil }
    self = request
  }

  /// Reads the column `input` of a job that a person acts on.
  ///
  /// - Throws: `TableError.damaged` if it is unreadable.
  init(json: String, job: Int64) throws {
    guard let request = SpeechRequest(column: json) else {
      throw TableError.damaged("the input of job \(job) cannot be read")
    }
    self = request
  }

  /// The column `input`: fal's own JSON with sorted keys.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension Digest {
  var data: Data { withUnsafeBytes(of: bytes) { Data($0) } }

  /// Reads a column of 32 bytes; nil for anything else.
  init?(column: Data?) {
    guard let column, column.count == 32 else { return nil }
    self.init(SIMD32(column))
  }
}
