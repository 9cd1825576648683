extension Dispatcher {
  /// A job that the daemon works on, and what only memory knows about it.
  struct ActiveJob: Sendable {
    private(set) var job: Job
    /// What is being done for it, and what only memory knows about that.
    var stage: Stage
    /// When its next step is due.
    var at: Timestamp
    /// Whether its step is under way.
    var isBusy = false
    /// Whether its row shows what is wrong with it.
    var isReported = false
    /// Why its submit was lost; nil if that was before csmd started.
    var doubt: Problem?

    /// Follows from the job's state, which holds the ticket and the result.
    enum Stage: Sendable {
      /// Its POST is about to leave, or under way.
      case submit
      /// Its submit is lost. One reading of fal's listing serves all such jobs.
      ///
      /// `deniedSince`: since when fal has denied the id, although its listing showed it; nil if it has
      /// not.
      case search(deniedSince: Timestamp?)
      /// fal has it.
      case follow(Following)
      /// fal has finished it, and its audio is being downloaded.
      case fetch(Fetching)
    }

    struct Following: Sendable {
      var question = Question.status
      /// Since when csmd has seen the job in its state.
      var since: Timestamp
      /// When fal last said where it stands.
      var answeredAt: Timestamp
      /// Whether it was at fal before csmd looked, and so may have ended unseen.
      var mayHaveEndedUnseen = false
      /// Since when fal has been starting requests that came later.
      var overtakenSince: Timestamp?
      /// Since when it has been set aside for taking too long; nil if it is not.
      var asideSince: Timestamp?
      /// Since when fal has denied its id although the listing shows it.
      var deniedSince: Timestamp?
      /// Since when its result has looked like a failure, whatever was read in between.
      var doubtedSince: Timestamp?
      var cancellation = Cancellation.notAsked
      /// What has failed since fal last said something useful.
      var failures: Failures?

      init(at now: Timestamp) {
        since = now
        answeredAt = now
      }
    }

    /// What fal is asked next about a request that it has.
    enum Question: Sendable, Equatable {
      case status
      /// A long result is beyond the usual size and holds the audio itself; one is read at a time.
      case result(isLong: Bool, after: LastStatus)
      case cancellation
    }

    /// What the status said that led to the result.
    enum LastStatus: Sendable, Equatable {
      case completed
      /// It spoke of an error, in these words if it had any.
      case failed(Problem?)
      /// fal denied the id; but it may forget the status of a request before its result.
      case missing
    }

    /// How far a person's wish to cancel has reached fal.
    enum Cancellation: Sendable { case notAsked, asked, acknowledged }

    struct Fetching: Sendable {
      /// The digest of the last bytes that were downloaded and are not audio.
      var lastDigest: Digest?
      var failures: Failures?
    }
  }
}

extension Dispatcher.ActiveJob {
  /// Nil for a job in a state that the daemon does not work on.
  init?(_ job: Job, at now: Timestamp) {
    guard let stage = Stage(job.state, after: nil, at: now) else { return nil }
    (self.job, self.stage, at) = (job, stage, now)
  }

  /// Follows a move of the job; nil once the daemon has nothing more to do for it.
  func moved(to job: Job, at now: Timestamp) -> Self? {
    guard let stage = Stage(job.state, after: self, at: now) else { return nil }
    var entry = self
    (entry.job, entry.stage, entry.isReported) = (job, stage, false)
    return entry
  }

  /// What is done about it next; nil if fal's listing has to be read first.
  var step: Dispatcher.Step? {
    switch job.state {
    case .submitting: .submit
    case .inQueue(let ticket), .inProgress(let ticket):
      switch following?.question {
      case .status, nil: .poll(ticket)
      case .result(let isLong, _): .collect(ticket, isLong: isLong)
      case .cancellation: .cancel(ticket)
      }
    case .completed(_, let result): .fetch(result: result)
    case .unknown, .queued, .stored, .failed, .cancelled, .held: nil
    }
  }

  var isSearchedFor: Bool { if case .search = stage { true } else { false } }

  /// The ticket of the current request; nil if there is none.
  var ticket: Ticket? { job.state.ticket }

  var isFetched: Bool { if case .fetch = stage { true } else { false } }

  var isPolled: Bool { following?.question == .status }

  /// Meaningful while fal has it; a change is ignored otherwise.
  var following: Following? {
    get { if case .follow(let following) = stage { following } else { nil } }
    set { if let newValue, case .follow = stage { stage = .follow(newValue) } }
  }

  /// Meaningful while its audio is downloaded; a change is ignored otherwise.
  var fetching: Fetching? {
    get { if case .fetch(let fetching) = stage { fetching } else { nil } }
    set { if let newValue, case .fetch = stage { stage = .fetch(newValue) } }
  }

  var failures: Failures? {
    get { following?.failures ?? fetching?.failures }
    set {
      following?.failures = newValue
      fetching?.failures = newValue
    }
  }

  /// Whether a person wants it cancelled, and fal has not been told.
  var wantsCancel: Bool { job.cancelWanted && following?.cancellation == .notAsked }

  mutating func wantCancel() { (job.cancelWanted, job.retryWanted) = (true, false) }

  /// Notes a wish to retry.
  ///
  /// The later of two wishes holds, so it may end a wish to cancel.
  mutating func wantRetry(cancels: Bool) { (job.retryWanted, job.cancelWanted) = (true, cancels) }

  /// The result is durable: it is read from the table when it is needed.
  mutating func forgetLongResult() {
    guard case .completed(let ticket, _?) = job.state, job.hasLongResult else { return }
    job.state = .completed(ticket, result: nil)
  }

  /// The clock was set: times noted before no longer mean anything.
  mutating func forgetTimes(at now: Timestamp) {
    at = min(at, now + .seconds(60))
    failures = nil
    job.state = job.state.afterClockWasSet(at: now)
    switch stage {
    case .submit, .fetch: break
    case .search: stage = .search(deniedSince: nil)
    case .follow(var following):
      following.since = now
      (following.asideSince, following.overtakenSince) = (nil, nil)
      (following.deniedSince, following.doubtedSince) = (nil, nil)
      stage = .follow(following)
    }
  }
}

extension Dispatcher.ActiveJob.Stage {
  fileprivate init?(_ state: JobState, after entry: Dispatcher.ActiveJob?, at now: Timestamp) {
    switch state {
    case .submitting: self = .submit
    case .unknown: self = .search(deniedSince: entry?.following.map { $0.deniedSince ?? now })
    case .inQueue, .inProgress: self = .follow(Self.following(state, after: entry, at: now))
    case .completed: self = .fetch(.init())
    case .queued, .stored, .failed, .cancelled, .held: return nil
    }
  }

  private static func following(
    _ state: JobState, after entry: Dispatcher.ActiveJob?, at now: Timestamp
  ) -> Dispatcher.ActiveJob.Following {
    switch entry?.stage {
    case .follow(var following) where entry?.ticket == state.ticket:
      if entry?.job.state.name != state.name {
        following.since = now
        (following.overtakenSince, following.asideSince) = (nil, nil)
      }
      return following
    case .search(let deniedSince):
      var following = Dispatcher.ActiveJob.Following(at: now)
      (following.mayHaveEndedUnseen, following.deniedSince) = (true, deniedSince)
      return following
    case .follow, .submit, .fetch, nil: return .init(at: now)
    }
  }
}
