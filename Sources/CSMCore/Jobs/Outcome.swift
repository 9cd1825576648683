/// What went wrong, for programs (`kind`) and for people (`message`).
package struct Problem: Sendable, Equatable {
  /// A short word of lower-case letters, digits and `_`: fal's own error type where it gave one.
  package let kind: String
  /// One sentence for people; may hold text of the server, so it is made harmless before it is shown.
  package let message: String

  package init(_ kind: String, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// What one POST came to.
package enum SubmitOutcome: Sendable, Equatable {
  /// fal took it.
  case accepted(Ticket)
  /// Not a byte of it left.
  case notSent(Problem)
  /// It was not begun: a clip of its context is not where fal can read it.
  case notReady(Problem)
  /// fal refused it for now; nothing was accepted.
  case later(Problem, retryAfter: Duration?)
  /// fal refuses everything until the gate's cause is gone; nothing was accepted.
  case shut(Gate.Name, Problem)
  /// fal refused it for a reason that may be about every submit, such as a model that it does not know;
  /// nothing was accepted.
  case denied(Problem)
  /// fal refused this input for good; nothing was accepted.
  case rejected(Problem)
  /// It may or may not have been accepted.
  case unclear(Problem)
}

/// What a question for the status came to.
package enum PollOutcome: Sendable, Equatable {
  /// It waits; `position` requests stand before it, where fal says so.
  case inQueue(position: Int?)
  case inProgress
  /// It is over, well or badly: the result tells. `seconds` is the time that the model worked, and
  /// `failed` says whether the status itself speaks of an error.
  case completed(seconds: Double?, failed: Bool = false)
  /// fal does not know the id.
  case missing(Problem)
  /// A success by its code that says nothing we understand.
  case unreadable(Problem)
  /// No usable answer; says nothing about the job.
  case later(Problem, retryAfter: Duration?)
  /// fal refuses to talk to us; says nothing about the job.
  case shut(Gate.Name, Problem)
}

/// What reading the result came to.
package enum CollectOutcome: Sendable, Equatable {
  /// The model spoke; `result` is the JSON as received, `units` what fal says it billed.
  case audio(result: String, units: Double?)
  /// The result is longer than `bytesMax`, and has not been read.
  case long
  /// Not over yet.
  case notYet
  /// An answer that says that the request failed.
  case failed(FalFailure)
  /// An answer that says that it was cancelled at fal.
  case cancelled(Problem)
  /// A success by its code without audio in it.
  case unreadable(Problem)
  /// fal has no result under this id.
  case missing(Problem)
  /// No usable answer; says nothing about the job.
  case later(Problem, retryAfter: Duration?)
  /// fal refuses to talk to us; says nothing about the job.
  case shut(Gate.Name, Problem)

  /// Bytes of a result that is read beside others; the audio itself is never among them.
  package static let bytesMax = 1 << 16
}

/// A result that says that the request failed.
package struct FalFailure: Sendable, Equatable {
  package let problem: Problem
  /// Another request may well succeed.
  package let isTransient: Bool
  /// What fal says it billed.
  package let units: Double?
  /// The model itself lists what went wrong.
  ///
  /// Anything less may be a passing fault of what stands between.
  package let isByModel: Bool

  package init(_ problem: Problem, isTransient: Bool, units: Double? = nil, isByModel: Bool) {
    self.problem = problem
    self.isTransient = isTransient
    self.units = units
    self.isByModel = isByModel
  }
}

/// What a download came to.
package enum FetchOutcome: Sendable, Equatable {
  /// The audio is in the store, synced.
  case stored(StoredAudio)
  /// A passing fault.
  case later(Problem, retryAfter: Duration?)
  /// It came so slowly that others are to go first.
  case slow(Problem)
  /// The file is not there, or is not what it should be; worth a few more looks, until the same bytes come
  /// again: `digest` is theirs, where they came whole and are no passing answer of what stands between.
  case damaged(Problem, Digest? = nil)
  /// A rule forbids it: a host that is not allowed, a file beyond the size cap.
  case refused(Problem)
  /// There is no room for it.
  case diskFull(Problem)
}

/// What asking fal to cancel came to.
package enum CancelOutcome: Sendable, Equatable {
  /// fal took note: removed from the queue, or the model was told.
  case acknowledged
  /// Too late, or nothing there: the status tells.
  case tooLate
  /// No usable answer.
  case later(Problem)
}

/// What reading fal's request listing came to.
package enum ListingOutcome: Sendable, Equatable {
  /// All pages were read; requests that other jobs own are left out.
  case listed([ListedRequest])
  case unavailable(Problem)
}

/// What reading fal's request listing for requests that the table does not know came to.
package enum AdoptionOutcome: Sendable, Equatable {
  /// All pages were read; each of these waiting jobs was sent already, as this request.
  case found([AdoptedRequest])
  case unavailable(Problem)
}

/// A waiting job, and the request in fal's listing that it was sent as.
package struct AdoptedRequest: Sendable, Equatable {
  package let job: Job
  package let request: ListedRequest

  package init(job: Job, request: ListedRequest) {
    self.job = job
    self.request = request
  }
}

/// A request as fal's listing shows it.
package struct ListedRequest: Sendable, Equatable {
  /// fal's id of the request.
  package let requestID: String
  /// The model that it went to; nil where fal does not say.
  package let endpoint: String?
  /// When fal received it, or handed it to the model: its documents allow both.
  ///
  /// By our clock.
  package let sentAt: Timestamp
  /// Its input; nil when fal did not show one that can be read.
  package let request: SpeechRequest?
  /// Whether it ended well.
  package let succeeded: Bool

  package init(
    requestID: String, endpoint: String? = nil, sentAt: Timestamp, request: SpeechRequest?,
    succeeded: Bool
  ) {
    self.requestID = requestID
    self.endpoint = endpoint
    self.sentAt = sentAt
    self.request = request
    self.succeeded = succeeded
  }
}

/// What a free question to fal (the status of an id that nobody has) tells about a closed gate.
package enum ProbeOutcome: Sendable, Equatable {
  /// fal answers and takes the key.
  case fine
  case unauthorized(Problem)
  case locked(Problem)
  case unreachable(Problem)
}
