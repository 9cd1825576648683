// The state machine: how each outcome changes a job. These are total functions without I/O. Nothing
// else decides a next state, except a person's `retry` and `cancel` of a job that is not active.

extension Job {
  /// The intent to send, which must be durable before the POST; reserves the price.
  func claimed(at now: Timestamp, price: Price) -> Move {
    var after = self
    after.generation += 1
    after.submits += 1
    after.state = .submitting(intent: now)
    let cost = price.of(characters: request.characters)
    return Move(self, after, .claimed, charge: .reserve(cost))
  }

  /// A waiting job's request that fal already lists, sent before the table was copied or restored:
  /// two moves, as if it were sent now.
  func adopted(_ request: ListedRequest, at now: Timestamp, price: Price) -> [Move] {
    var submitting = self
    submitting.generation += 1
    submitting.submits += 1
    submitting.state = .submitting(intent: min(request.sentAt, now))
    let cost = price.of(characters: self.request.characters)
    let ticket = Ticket(requestID: request.requestID, acceptedAt: min(request.sentAt, now))
    return [
      Move(self, submitting, .adopted, charge: .owed(cost)), submitting.found(ticket, .adopted),
    ]
  }

  /// The outcome of the POST.
  ///
  /// - Parameter rest: how long a job waits after a refusal that may apply to every job.
  func after(
    _ outcome: SubmitOutcome, intent: Timestamp, rest: Duration = .zero, at now: Timestamp,
    generator: inout SeededGenerator
  ) -> Move {
    switch outcome {
    case .accepted(let ticket):
      found(ticket, .accepted)
    case .notSent(let problem), .notReady(let problem):
      deferred(
        .notSent, problem, due: now + Backoff.notSent.delay(deferrals + 1, generator: &generator))
    case .later(let problem, let retryAfter):
      deferred(
        .refused, problem,
        due: now
          + Backoff.refused.delay(deferrals + 1, retryAfter: retryAfter, generator: &generator))
    case .gated(_, let problem), .denied(let problem):
      deferred(.refused, problem, due: now + rest)
    case .rejected(let problem):
      unsent(.failed, .rejected, problem)
    case .unclear(let problem, _):
      moved(to: .unknown(intent: intent, since: now), .unclear, problem)
    }
  }

  /// At start, an intent whose POST was certainly not sent.
  func neverSent(at now: Timestamp) -> Move {
    unsent(
      .queued(due: now), .notSent, Problem("restarted", "csmd stopped before the submit was sent"))
  }

  /// At start, an intent whose outcome is unknown.
  func restarted(intent: Timestamp, at now: Timestamp) -> Move {
    moved(
      to: .unknown(intent: intent, since: now), .restarted,
      Problem("restarted", "csmd stopped before the answer to the submit was recorded"))
  }

  /// fal has the request under this ticket.
  func found(_ ticket: Ticket, _ cause: Move.Cause = .found) -> Move {
    var after = self
    after.state = .inQueue(ticket)
    after.attempts += 1
    after.deferrals = 0
    after.retryWanted = false
    return Move(self, after, cause)
  }

  /// The grace is over, or a person has decided, and fal's listing does not show it, or could not be read
  /// (`wasRead`), or shows requests that may be it and cannot be compared with it (`mayBeHidden`).
  ///
  /// - Parameter doubt: why the outcome of its submit is unknown; nil if that was before csmd started.
  func absent(
    wasRead: Bool, mayBeHidden: Bool = false, doubt: Problem? = nil, rules: Rules,
    at now: Timestamp
  ) -> Move {
    let list =
      if !wasRead {
        "fal's list could not be read"
      } else if mayBeHidden {
        "fal's list shows requests that cannot be read and may be it"
      } else {
        "fal's list does not show it"
      }
    if retryWanted, !cancelWanted {
      let problem = Problem(Problem.lostSubmit, "\(list); sent again, as you asked")
      return sentAgain(.absent, problem, at: now)
    }
    let why = doubt.map { " (\($0.message))" } ?? ""
    let course = "nobody knows whether fal has it\(why), and \(list)"
    if cancelWanted {
      let problem = Problem(Problem.lostSubmit, "\(course); fal may have spoken and billed it")
      return moved(to: .cancelled, .cancelledByPerson, problem)
    }
    let problem = Problem(Problem.lostSubmit, "\(course); sending it again may pay twice")
    guard rules.resubmitsUnknown, wasRead, !mayBeHidden, attempts + 1 < rules.attemptsMax else {
      return moved(to: .held(nil, result: nil), .absent, problem)
    }
    var after = self
    after.state = .queued(due: now)
    after.attempts += 1
    return Move(self, after, .absent, problem)
  }

  /// fal reported a state; nil if it has not changed.
  func progressed(to state: JobState) -> Move? {
    state.name == self.state.name ? nil : moved(to: state, .progress)
  }

  /// fal has not known the id for some time.
  ///
  /// For a job that is fetched again there is nothing to look for.
  func lost(_ ticket: Ticket, _ problem: Problem, at now: Timestamp) -> Move {
    if retryWanted, !cancelWanted { return sentAgain(.lost, problem, at: now) }
    guard !isFetchedAgain else { return moved(to: .failed, .lost, Self.gone) }
    var after = self
    after.state = .unknown(intent: ticket.acceptedAt, since: now)
    // Counted again when it is found, or abandoned as paid.
    after.attempts -= 1
    return Move(self, after, .lost, problem)
  }

  private static let gone = Problem(
    Problem.lostAtFal, "fal no longer has the audio; sending it again pays once more")

  /// fal lists the request, yet has not known its id for the whole grace period.
  func denied(_ ticket: Ticket) -> Move {
    let problem = Problem(
      Problem.lostAtFal,
      "fal lists the request but does not know its id; sending it again may pay twice")
    return moved(to: .held(ticket, result: nil), .absent, problem)
  }

  /// The result has been read; its JSON must be durable before the download.
  func finished(_ ticket: Ticket, result: String, units: Double?, price: Price) -> Move {
    let settled = units.flatMap(price.of(units:)).map(Move.Charge.settle)
    var after = self
    after.state = .completed(ticket, result: result)
    after.retryWanted = false
    return Move(self, after, .finished, charge: settled)
  }

  /// The request failed at fal.
  ///
  /// fal does not bill for server errors. The reserved price stands if the failure is not certain,
  /// or is another one for which fal reports no units.
  func failedAtFal(
    _ failure: FalFailure, isSure: Bool, rules: Rules, at now: Timestamp,
    generator: inout SeededGenerator
  ) -> Move {
    let isTransient = failure.isTransient
    let cost =
      failure.units.flatMap(rules.price.of(units:)) ?? (isTransient && isSure ? .zero : nil)
    let charge = cost.map(Move.Charge.settle)
    if retryWanted, !cancelWanted {
      return sentAgain(.failedAtFal, failure.problem, at: now, charge: charge)
    }
    guard isTransient, !isFetchedAgain, attempts < rules.attemptsMax, !cancelWanted else {
      return moved(to: .failed, .failedAtFal, failure.problem, charge: charge)
    }
    let due = now + Backoff.failed.delay(attempts, generator: &generator)
    return moved(to: .queued(due: due), .failedAtFal, failure.problem, charge: charge)
  }

  /// fal has it, but its outcome cannot be learned; a person's `retry` asks again.
  func unfinished(_ ticket: Ticket, _ problem: Problem) -> Move {
    let problem = Problem(
      problem.kind, "\(problem.message); fal may have spoken it: csm-enqueue retry asks fal again")
    return moved(to: .held(ticket, result: nil), .unfinished, problem)
  }

  /// fal reports it as cancelled.
  func cancelledAtFal(_ problem: Problem, at now: Timestamp) -> Move {
    if retryWanted, !cancelWanted {
      return sentAgain(.cancelledAtFal, problem, at: now, charge: .settle(.zero))
    }
    return moved(to: .cancelled, .cancelledAtFal, problem, charge: .settle(.zero))
  }

  /// The audio is in the store and durable.
  func stored(_ audio: StoredAudio) -> Move {
    moved(to: .stored(audio), .stored)
  }

  /// The audio cannot be fetched; the result is kept, so a person's `retry` fetches without paying.
  func unusable(_ ticket: Ticket, result: String?, _ problem: Problem) -> Move {
    moved(to: .held(ticket, result: result), .unusable, problem)
  }

  /// The budget cannot afford a take that csmd added; the line keeps its audio.
  func unaffordable(_ why: String) -> Move {
    moved(
      to: .cancelled, .unaffordable, Problem(Problem.noMoney, "no money for another take: \(why)"))
  }

  /// A person wanted it cancelled, and nothing of it is at fal.
  func cancelledByPerson() -> Move {
    moved(to: .cancelled, .cancelledByPerson)
  }

  /// Requeues the job; nothing was accepted, so the submit is not counted.
  private func deferred(_ cause: Move.Cause, _ problem: Problem, due: Timestamp) -> Move {
    let move = unsent(.queued(due: due), cause, problem)
    var after = move.after
    after.deferrals += 1
    return Move(self, after, cause, problem, charge: move.charge)
  }

  /// Requeues a job that fal does not have, as a person wanted.
  private func sentAgain(
    _ cause: Move.Cause, _ problem: Problem, at now: Timestamp, charge: Move.Charge? = nil
  ) -> Move {
    var after = self
    after.state = .queued(due: now)
    (after.attempts, after.deferrals, after.retryWanted) = (0, 0, false)
    return Move(self, after, cause, problem, charge: charge)
  }

  private func unsent(_ state: JobState, _ cause: Move.Cause, _ problem: Problem) -> Move {
    var after = self
    after.state = state
    after.submits -= 1
    return Move(self, after, cause, problem, charge: .settle(.zero))
  }

  private func moved(
    to state: JobState, _ cause: Move.Cause, _ problem: Problem? = nil,
    charge: Move.Charge? = nil
  ) -> Move {
    var after = self
    after.state = state
    return Move(self, after, cause, problem, charge: charge)
  }
}
