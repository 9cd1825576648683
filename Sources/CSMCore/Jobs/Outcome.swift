package enum SubmitOutcome: Sendable, Equatable {
  /// fal accepted it.
  case accepted(Ticket)
  /// Not a byte was sent.
  case notSent(Problem)
  /// Not started, because fal cannot read a clip of its context yet.
  case notReady(Problem)
  /// fal refused it for now; certainly not accepted.
  case later(Problem, retryAfter: Duration?)
  /// fal refuses everything until the cause of the gate is gone; certainly not accepted.
  case gated(Gate.Name, Problem)
  /// fal refused it for a reason that may apply to every submit, such as an unknown model;
  /// certainly not accepted.
  case denied(Problem)
  /// fal refused this input for good; certainly not accepted.
  case rejected(Problem)
  /// It may have been accepted. `slowDown`: whoever answered asks csmd to send less; nil if not.
  case unclear(Problem, slowDown: SlowDown? = nil)

  /// The answer has the id of a request that is known already.
  package static func mixedUp(_ requestID: String) -> Self {
    .unclear(Problem("mixed_up", "the answer names another line's request, \(requestID)"))
  }
}

/// A server's wish that csmd send less.
package struct SlowDown: Sendable, Equatable {
  /// How long it asks to wait; nil if it does not say.
  package let retryAfter: Duration?

  package init(retryAfter: Duration?) { self.retryAfter = retryAfter }
}

/// The outcome of a status request.
package enum PollOutcome: Sendable, Equatable {
  case inQueue
  case inProgress
  /// Ended, well or badly, as the result will show. `seconds` is how long the model ran; `failed`
  /// is whether the status itself reports an error, and `error` what it says about that.
  case completed(seconds: Double?, failed: Bool = false, error: Problem? = nil)
  /// fal does not know the id.
  case missing(Problem)
  /// The answer is too long and was not read; the result shows whether the request has ended.
  case long
  /// A success by its code, with an unintelligible body.
  case unreadable(Problem)
  /// No usable answer; says nothing about the job.
  case later(Problem, retryAfter: Duration?)
  /// fal refuses to talk to us; says nothing about the job.
  case gated(Gate.Name, Problem)
}

/// The outcome of reading a result.
package enum CollectOutcome: Sendable, Equatable {
  /// Success; `result` is the JSON as received, `units` what fal reports as billed.
  case audio(result: String, units: Double?)
  /// The result is longer than `bytesMax` and was not read.
  case long
  /// Not finished yet.
  case notYet
  /// The request failed.
  case failed(FalFailure)
  /// The request was cancelled at fal.
  case cancelled(Problem)
  /// A success by its code, without audio.
  case unreadable(Problem)
  /// fal has no result for this id.
  case missing(Problem)
  /// No usable answer; says nothing about the job.
  case later(Problem, retryAfter: Duration?)
  /// fal refuses to talk to us; says nothing about the job.
  case gated(Gate.Name, Problem)

  /// The size limit in bytes for results that are read concurrently; larger ones contain the audio
  /// itself.
  package static let bytesMax = 1 << 16
}

/// The failure of a request at fal.
package struct FalFailure: Sendable, Equatable {
  package let problem: Problem
  /// Whether another request may succeed.
  package let isTransient: Bool
  /// The units fal reports as billed; nil if it reports none.
  package let units: Double?
  /// Whether the model itself reports the failure; otherwise it may be a temporary fault of a
  /// server in between.
  package let isByModel: Bool

  package init(_ problem: Problem, isTransient: Bool, units: Double? = nil, isByModel: Bool) {
    self.problem = problem
    self.isTransient = isTransient
    self.units = units
    self.isByModel = isByModel
  }
}

/// The outcome of a download.
package enum FetchOutcome: Sendable, Equatable {
  /// The audio is in the store and durable.
  case stored(StoredAudio)
  /// A temporary fault.
  case later(Problem, retryAfter: Duration?)
  /// Too slow; other downloads go first.
  case slow(Problem)
  /// The file is missing or not what it should be; worth a few more tries, until the same bytes
  /// come again. The digest is that of the bytes if they are in no known format, nor a server's page.
  case damaged(Problem, Digest? = nil)
  /// A rule forbids it: the host is not allowed, or the file too large.
  case refused(Problem)
  /// The disk is full.
  case diskFull(Problem)
}

/// The outcome of asking fal to cancel.
package enum CancelOutcome: Sendable, Equatable {
  /// fal removed it from the queue, or passed the request on to the model.
  case acknowledged
  /// Already ended, or unknown; the status will show which.
  case tooLate
  /// No usable answer.
  case later(Problem)
}

/// What a free request to fal (the status of a made-up id) shows about a closed gate.
package enum ProbeOutcome: Sendable, Equatable {
  /// fal answers and accepts the key.
  case fine
  case unauthorized(Problem)
  case locked(Problem)
  case unreachable(Problem)
}
