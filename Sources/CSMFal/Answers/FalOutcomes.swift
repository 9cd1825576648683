import CSMCore
import Foundation

// What fal's answers mean: the only place where its status codes and error types are interpreted,
// based on fal's pages on the queue, request errors and model errors.

extension SubmitOutcome {
  /// Only three things are certain: an id (accepted), nothing sent, and a refusal by fal itself.
  ///
  /// Everything else is unclear, and is looked for before it is sent again.
  init(_ result: Result<FalAnswer, HTTPFailure>, acceptedAt: Timestamp) {
    switch result {
    case .failure(let failure) where !failure.sent: self = .notSent(Problem(failure))
    case .failure(let failure):
      // The id may be there although the answer breaks off after it.
      self =
        FalAnswer(failure)?.ticket(acceptedAt: acceptedAt).map(SubmitOutcome.accepted)
        ?? .unclear(Problem(failure))
    case .success(let answer):
      switch answer.status {
      case 200...299:
        self =
          answer.ticket(acceptedAt: acceptedAt).map(SubmitOutcome.accepted)
          ?? .unclear(answer.problem("unreadable_answer"))
      // Another server may have passed the request on before it answered.
      case _ where !answer.isFals: self = answer.unclear
      case 429: self = .later(answer.problem("rate_limited"), retryAfter: answer.retryAfter)
      case 401...403: self = .gated(answer.gate, answer.problem("unauthorized"))
      case 425: self = .later(answer.problem("not_now"), retryAfter: answer.retryAfter)
      // A timeout leaves open whether the request was accepted.
      case 408: self = answer.unclear
      case 413, 422: self = .rejected(answer.problem("rejected"))
      case 400...499: self = .denied(answer.problem("rejected"))
      default: self = answer.unclear
      }
    }
  }
}

extension FalAnswer {
  /// The ticket of an accepted request; nil if this is not the answer to one.
  fileprivate func ticket(acceptedAt: Timestamp) -> Ticket? {
    isSuccess ? decode(AcceptedMessage.self)?.ticket(acceptedAt: acceptedAt) : nil
  }

  /// Nobody knows whether the request was accepted; whoever answered may still ask csmd to slow down.
  fileprivate var unclear: SubmitOutcome {
    let isBusy = status == 429 || status == 503 && retryAfter != nil
    let server = isFals ? "fal" : "fal, or a server in front of it,"
    return .unclear(
      problem("unclear_answer", by: server),
      slowDown: isBusy ? SlowDown(retryAfter: retryAfter) : nil)
  }
}

extension PollOutcome {
  init(_ result: Result<FalAnswer, HTTPFailure>) {
    switch result {
    case .failure(let failure) where failure.kind == .tooLarge: self = .long
    case .failure(let failure): self = .later(Problem(failure), retryAfter: nil)
    case .success(let answer):
      switch answer.status {
      case 200...299: self = Self.status(answer)
      case 404 where answer.isJSON: self = .missing(answer.problem("not_found"))
      case 401...403 where answer.isFals:
        self = .gated(answer.gate, answer.problem("unauthorized"))
      default: self = .later(answer.problem("no_status"), retryAfter: answer.retryAfter)
      }
    }
  }

  private static func status(_ answer: FalAnswer) -> Self {
    guard let message = answer.decode(StatusMessage.self) else {
      return .unreadable(answer.problem("unreadable_answer"))
    }
    switch message.status.uppercased() {
    case "IN_QUEUE": return .inQueue
    case "IN_PROGRESS": return .inProgress
    case "COMPLETED":
      return .completed(
        seconds: message.metrics?.inferenceTime, failed: message.hasFailed, error: message.problem)
    // fal does not document these, but other servers of the same protocol use them. The result
    // decides.
    case "FAILED", "ERROR", "CANCELED", "CANCELLED":
      return .completed(seconds: nil, failed: true)
    default:
      return .unreadable(
        Problem("unknown_status", "fal reports the unknown status \(message.status.prefix(64))"))
    }
  }
}

extension CollectOutcome {
  init(_ result: Result<FalAnswer, HTTPFailure>) {
    switch result {
    case .failure(let failure) where failure.kind == .tooLarge:
      self = .unreadable(Problem(failure))
    case .failure(let failure): self = .later(Problem(failure), retryAfter: nil)
    case .success(let answer):
      switch answer.status {
      case 200: self = Self.spoken(answer)
      case 202: self = .notYet
      case 400 where answer.isStillRunning: self = .notYet
      case 401...403 where answer.isFals:
        self = .gated(answer.gate, answer.problem("unauthorized"))
      case 404 where answer.isJSON: self = .missing(answer.problem("not_found"))
      case 408, 409, 425, 429:
        self = .later(answer.problem("no_result"), retryAfter: answer.retryAfter)
      case 499 where answer.errorType == nil || answer.errorType == "client_cancelled":
        self = .cancelled(answer.problem("client_cancelled"))
      case 400...499 where answer.isFals: self = .failed(answer.failure(isTransient: false))
      case 500...599 where answer.isFals:
        self = .failed(answer.failure(isTransient: answer.isRetryable ?? true))
      default: self = .later(answer.problem("no_result"), retryAfter: answer.retryAfter)
      }
    }
  }

  /// A success by its code, which must contain audio.
  private static func spoken(_ answer: FalAnswer) -> Self {
    if let message = answer.decode(StatusMessage.self), message.isUnderWay { return .notYet }
    guard answer.decode(AudioSource.self) != nil else {
      let start = String(decoding: answer.body.prefix(200), as: UTF8.self)
      return .unreadable(Problem("no_audio", "fal's result contains no audio: \(start)"))
    }
    return .audio(result: String(decoding: answer.body, as: UTF8.self), units: answer.units)
  }
}

extension CancelOutcome {
  init(_ result: Result<FalAnswer, HTTPFailure>) {
    switch result {
    case .failure(let failure): self = .later(Problem(failure))
    case .success(let answer):
      switch answer.status {
      case 200...299: self = .acknowledged
      case 400, 404: self = .tooLate
      default: self = .later(answer.problem("no_answer"))
      }
    }
  }
}

extension FetchOutcome {
  init(_ failure: HTTPFailure) {
    self =
      switch failure.kind {
      case .tooLarge, .invalidRequest: .refused(Problem(failure))
      // A name can lead to a wrong address for a while.
      case .badAnswer, .sinkRefused, .refusedAddress: .damaged(Problem(failure))
      case .timeout, .stalled: .slow(Problem(failure))
      case .resolve, .connect, .tls, .closed, .heldBack, .cancelled:
        .later(Problem(failure), retryAfter: nil)
      }
  }

  /// An answer without the file.
  init(_ answer: FalAnswer) {
    let problem = Problem(Self.absent, "the audio's server answered \(answer.status)")
    self =
      switch answer.status {
      case 408, 425, 429, 500...599: .later(problem, retryAfter: answer.retryAfter)
      default: .damaged(problem)
      }
  }

  private static let absent = "no_file"

  /// Whether the audio's server answered that it has no such file, or none for this URL.
  package var isAbsent: Bool {
    if case .damaged(let problem, _) = self { problem.kind == Self.absent } else { false }
  }
}

extension UploadOutcome {
  /// An answer without an upload URL.
  init(_ answer: FalAnswer) {
    let problem = answer.problem("upload_failed").aboutUpload
    switch answer.status {
    case _ where !answer.isFals: self = .later(problem)
    case 401...403: self = .gated(answer.gate, problem)
    case 400, 413, 415, 422: self = .refused(problem)
    default: self = .later(problem)
    }
  }

  /// The storage's answer to the file.
  init(storageStatus status: Int, fileURL: String) {
    let problem = Problem("upload_failed", "fal's storage answered \(status) to the clip")
    switch status {
    case 200...299: self = .uploaded(url: fileURL)
    // The file itself is at fault; anything else may go well with another upload URL.
    case 411, 413, 415, 422: self = .refused(problem)
    // S3 also says so of an upload that took too long, or came too late.
    case 400: self = .refused(problem, isSure: false)
    default: self = .later(problem)
    }
  }
}

extension FalAnswer {
  var isSuccess: Bool { (200...299).contains(status) }

  /// The gate that a 401, 402 or 403 closes.
  fileprivate var gate: Gate.Name {
    let isLocked = status == 403 && detail?.lowercased().contains("locked") == true
    return status == 402 || isLocked ? .balance : .auth
  }

  fileprivate func failure(isTransient: Bool) -> FalFailure {
    FalFailure(
      problem(isTransient ? "server_error" : "rejected"), isTransient: isTransient, units: units,
      // No other server is known to answer 422.
      isByModel: isModelError || status == 422)
  }

  /// `400 {"detail": "Request is still in progress"}`: fal's answer if the result is not ready yet.
  fileprivate var isStillRunning: Bool {
    detail?.lowercased().contains("in progress") == true
      || detail?.lowercased().contains("in queue") == true
  }
}
