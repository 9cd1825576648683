import CSMCore
import Foundation

// What each answer of fal means: the one place where status codes and error types are judged.
// The sources are fal's pages on the queue, request errors and model errors.

extension SubmitOutcome {
  /// The only sure signs are an id (accepted), nothing sent, or a refusal in fal's own words.
  ///
  /// Everything else is unclear, and never sent again without having been looked for.
  init(_ result: Result<FalAnswer, HTTPFailure>, acceptedAt: Timestamp) {
    switch result {
    case .failure(let failure):
      self = failure.sent ? .unclear(Problem(failure)) : .notSent(Problem(failure))
    case .success(let answer):
      switch answer.status {
      case 200...299:
        let accepted = answer.decode(AcceptedMessage.self)
        self =
          accepted.flatMap { $0.ticket(acceptedAt: acceptedAt) }.map(SubmitOutcome.accepted)
          ?? .unclear(answer.problem("unreadable_answer"))
      // Whatever else stands between may have let the request through before it answered so.
      case _ where !answer.isFals: self = .unclear(answer.problem("unclear_answer"))
      case 429: self = .later(answer.problem("rate_limited"), retryAfter: answer.retryAfter)
      case 401, 402, 403:
        self = .shut(answer.shutGate ?? .auth, answer.problem("unauthorized"))
      case 425: self = .later(answer.problem("not_now"), retryAfter: answer.retryAfter)
      // A time-out says nothing of what became of the request.
      case 408: self = .unclear(answer.problem("unclear_answer"))
      case 413, 422: self = .rejected(answer.problem("rejected"))
      case 400...499: self = .denied(answer.problem("rejected"))
      default: self = .unclear(answer.problem("unclear_answer"))
      }
    }
  }
}

extension PollOutcome {
  init(_ result: Result<FalAnswer, HTTPFailure>) {
    switch result {
    case .failure(let failure): self = .later(Problem(failure), retryAfter: nil)
    case .success(let answer):
      switch answer.status {
      case 200...299: self = Self.status(answer)
      case 404 where answer.isJSON: self = .missing(answer.problem("not_found"))
      case 401 where answer.isFals, 402 where answer.isFals, 403 where answer.isFals:
        self = .shut(answer.shutGate ?? .auth, answer.problem("unauthorized"))
      default: self = .later(answer.problem("no_status"), retryAfter: answer.retryAfter)
      }
    }
  }

  private static func status(_ answer: FalAnswer) -> Self {
    guard let message = answer.decode(StatusMessage.self) else {
      return .unreadable(answer.problem("unreadable_answer"))
    }
    switch message.status.uppercased() {
    case "IN_QUEUE": return .inQueue(position: message.queuePosition)
    case "IN_PROGRESS": return .inProgress
    case "COMPLETED":
      return .completed(seconds: message.metrics?.inferenceTime, failed: message.hasFailed)
    // fal documents none of these, but other servers of the same protocol have them. The result tells.
    case "FAILED", "ERROR", "CANCELED", "CANCELLED":
      return .completed(seconds: nil, failed: true)
    default:
      return .unreadable(
        Problem("unknown_status", "fal named the status \(message.status.prefix(64))"))
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
      case 401 where answer.isFals, 402 where answer.isFals, 403 where answer.isFals:
        self = .shut(answer.shutGate ?? .auth, answer.problem("unauthorized"))
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

  /// A success by its code: it must hold audio that can be found.
  private static func spoken(_ answer: FalAnswer) -> Self {
    if let message = answer.decode(StatusMessage.self), message.isUnderWay { return .notYet }
    let result = String(decoding: answer.body, as: UTF8.self)
    guard AudioSource(result: result) != nil else {
      return .unreadable(
        Problem("no_audio", "fal's result holds no audio: \(result.prefix(200))"))
    }
    return .audio(result: result, units: answer.units)
  }
}

extension FalAnswer {
  fileprivate func failure(isTransient: Bool) -> FalFailure {
    FalFailure(
      problem(isTransient ? "server_error" : "rejected"), isTransient: isTransient, units: units,
      // No other server is known to answer 422.
      isByModel: isModelError || status == 422)
  }

  /// `400 {"detail": "Request is still in progress"}`: fal's answer to a result that is not there yet.
  fileprivate var isStillRunning: Bool {
    detail?.lowercased().contains("in progress") == true
      || detail?.lowercased().contains("in queue") == true
  }
}
