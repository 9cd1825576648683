/// One step of a job from one state to the next, to be made durable by one guarded update: it takes
/// effect only where the row still has the state and the generation of `before`.
package struct Move: Sendable, Equatable {
  package let before: Job
  package let after: Job
  /// Why, in one word; kept in the job's history.
  package let cause: Cause
  /// What went wrong, where something did.
  package let problem: Problem?
  /// What happens to the money.
  package let charge: Charge?

  /// Why a job moved.
  package enum Cause: String, Sendable, CaseIterable {
    case claimed, accepted, refused, rejected, unclear, restarted, found, lost, progress, finished
    case absent, stored, unusable, adopted, unfinished, unaffordable
    case notSent = "not_sent"
    case failedAtFal = "failed_at_fal"
    case cancelledAtFal = "cancelled_at_fal"
    case cancelledByPerson = "cancelled_by_person"
  }

  /// What happens to the money of the submit that the move is about.
  package enum Charge: Sendable, Equatable {
    /// Set aside before the POST.
    case reserve(Money)
    /// Spent already by a submit that the table did not know of: no budget can keep it back.
    case owed(Money)
    /// Now known.
    case settle(Money)
  }

  /// Whether it says what a submit really cost.
  var settles: Bool {
    if case .settle = charge { true } else { false }
  }

  /// What it adds to what is spent or set aside; negative where less was spent than was set aside.
  func spends(at price: Price) -> Money {
    switch charge {
    case .reserve(let cost), .owed(let cost): cost
    case .settle(let cost): cost - price.of(characters: after.request.characters)
    case nil: .zero
    }
  }
}

/// What a person decided about doubtful and failed submits.
package struct Rules: Sendable {
  /// Paid submits of one take, at most.
  package var attemptsMax: Int
  /// How long a lost submit is looked for.
  package var unknownGrace: Duration
  /// Post again what was not found, although it may be paid twice.
  package var resubmitsUnknown: Bool
  package var price: Price

  package init(
    attemptsMax: Int = 3, unknownGrace: Duration = .seconds(1800), resubmitsUnknown: Bool = false,
    price: Price
  ) {
    self.attemptsMax = attemptsMax
    self.unknownGrace = unknownGrace
    self.resubmitsUnknown = resubmitsUnknown
    self.price = price
  }
}

// The state machine: what each outcome makes of a job. Total functions without I/O; nothing else in
// the program decides a next state, but a person's `retry` and `cancel` of a job that is not active.

extension Job {
  /// The intent to send it, to be durable before the POST leaves; its price is set aside.
  func claimed(at now: Timestamp, price: Price) -> Move {
    var after = self
    after.generation += 1
    after.submits += 1
    after.state = .submitting(intent: now)
    let cost = price.of(characters: request.characters)
    return Move(self, after, .claimed, charge: .reserve(cost))
  }

  /// The submit of a waiting job that fal lists, made before the table was copied or put back: two steps,
  /// as if it were made now, and nothing is sent.
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

  /// What became of the POST.
  ///
  /// - Parameter rest: how long a job stands back that fal refuses as it may refuse every other.
  func after(
    _ outcome: SubmitOutcome, intent: Timestamp, rest: Duration = .zero, at now: Timestamp,
    lot: inout Lot
  ) -> Move {
    switch outcome {
    case .accepted(let ticket):
      found(ticket, .accepted)
    case .notSent(let problem), .notReady(let problem):
      deferred(.notSent, problem, due: now + Backoff.notSent.delay(deferrals + 1, lot: &lot))
    case .later(let problem, let retryAfter):
      deferred(
        .refused, problem,
        due: now + Backoff.refused.delay(deferrals + 1, retryAfter: retryAfter, lot: &lot))
    case .shut(_, let problem), .denied(let problem):
      deferred(.refused, problem, due: now + rest)
    case .rejected(let problem):
      unsent(.failed, .rejected, problem)
    case .unclear(let problem):
      moved(to: .unknown(intent: intent, since: now), .unclear, problem)
    }
  }

  /// The daemon starts and finds an intent whose POST surely never left.
  func neverSent(at now: Timestamp) -> Move {
    unsent(
      .queued(due: now), .notSent, Problem("restarted", "csmd stopped before the submit left"))
  }

  /// The daemon starts and finds an intent of which nobody knows what became.
  func restarted(intent: Timestamp, at now: Timestamp) -> Move {
    moved(
      to: .unknown(intent: intent, since: now), .restarted,
      Problem("restarted", "csmd stopped before the answer to the submit was written down"))
  }

  /// fal has it, under this ticket.
  func found(_ ticket: Ticket, _ cause: Move.Cause = .found) -> Move {
    var after = self
    after.state = .inQueue(ticket)
    after.attempts += 1
    after.deferrals = 0
    after.retryWanted = false
    return Move(self, after, cause)
  }

  /// The grace is over, or a person has decided, and fal's listing does not show it, or could not be read
  /// (`wasRead`).
  func absent(wasRead: Bool, rules: Rules, at now: Timestamp) -> Move {
    if retryWanted, !cancelWanted {
      let problem = Problem("lost_submit", "fal's listing does not show it; sent again as you said")
      return sentAgain(.absent, problem, at: now)
    }
    let course =
      "the submit was not answered, and "
      + (wasRead ? "fal's listing does not show it" : "fal's listing could not be read")
    if cancelWanted {
      let problem = Problem("lost_submit", "\(course); fal may have spoken and billed it")
      return moved(to: .cancelled, .cancelledByPerson, problem)
    }
    let problem = Problem("lost_submit", "\(course); sending it again may pay twice")
    guard rules.resubmitsUnknown, wasRead, attempts + 1 < rules.attemptsMax else {
      return moved(to: .held(nil, result: nil), .absent, problem)
    }
    var after = self
    after.state = .queued(due: now)
    after.attempts += 1
    return Move(self, after, .absent, problem)
  }

  /// fal says where it stands; nil when that is known already.
  func progressed(to state: JobState) -> Move? {
    state.name == self.state.name ? nil : moved(to: state, .progress)
  }

  /// fal has not known the id for a while.
  ///
  /// Without an attempt it was paid for and spoken once, and a person wanted it fetched again: then there
  /// is nothing to be found, and nothing that may be sent.
  func lost(_ ticket: Ticket, _ problem: Problem, at now: Timestamp) -> Move {
    if retryWanted, !cancelWanted { return sentAgain(.lost, problem, at: now) }
    guard attempts > 0 else { return moved(to: .failed, .lost, Self.gone) }
    var after = self
    after.state = .unknown(intent: ticket.acceptedAt, since: now)
    // Counted again when it is found, or given up as paid for.
    after.attempts -= 1
    return Move(self, after, .lost, problem)
  }

  private static let gone = Problem(
    "lost_at_fal", "fal does not have the audio any more; sending it again pays once more")

  /// The listing shows it, and yet fal has not known the id for the whole grace.
  func denied(_ ticket: Ticket) -> Move {
    let problem = Problem(
      "lost_at_fal",
      "fal lists the request and does not know its id; sending it again may pay twice")
    return moved(to: .held(ticket, result: nil), .absent, problem)
  }

  /// The result is read; its JSON is to be durable before the download.
  func finished(_ ticket: Ticket, result: String, units: Double?, price: Price) -> Move {
    let settled = units.flatMap(price.of(units:)).map(Move.Charge.settle)
    var after = self
    after.state = .completed(ticket, result: result)
    after.retryWanted = false
    return Move(self, after, .finished, charge: settled)
  }

  /// The request failed at fal.
  ///
  /// fal does not bill what ends in a server's fault. What it does not name, or is not sure to have failed,
  /// costs what was set aside.
  func failedAtFal(
    _ failure: FalFailure, isSure: Bool, rules: Rules, at now: Timestamp, lot: inout Lot
  ) -> Move {
    let isTransient = failure.isTransient
    let cost =
      failure.units.flatMap(rules.price.of(units:)) ?? (isTransient && isSure ? .zero : nil)
    let charge = cost.map(Move.Charge.settle)
    if retryWanted, !cancelWanted {
      return sentAgain(.failedAtFal, failure.problem, at: now, charge: charge)
    }
    // No attempt: it was paid for and spoken once, and a person wanted it fetched again.
    guard isTransient, attempts > 0, attempts < rules.attemptsMax, !cancelWanted else {
      return moved(to: .failed, .failedAtFal, failure.problem, charge: charge)
    }
    let due = now + Backoff.failed.delay(attempts, lot: &lot)
    return moved(to: .queued(due: due), .failedAtFal, failure.problem, charge: charge)
  }

  /// fal has it, and what becomes of it cannot be learned; a person's `retry` asks again.
  func unfinished(_ ticket: Ticket, _ problem: Problem) -> Move {
    let problem = Problem(
      problem.kind, "\(problem.message); fal may have spoken it: csm-enqueue retry asks fal again")
    return moved(to: .held(ticket, result: nil), .unfinished, problem)
  }

  /// fal says that it was cancelled.
  func cancelledAtFal(_ problem: Problem) -> Move {
    moved(to: .cancelled, .cancelledAtFal, problem, charge: .settle(.zero))
  }

  /// The audio lies in the store, synced.
  func stored(_ audio: StoredAudio) -> Move {
    moved(to: .stored(audio), .stored)
  }

  /// The audio cannot be had; the result stays, so that a person's `retry` fetches and pays nothing.
  func unusable(_ ticket: Ticket, result: String?, _ problem: Problem) -> Move {
    moved(to: .held(ticket, result: result), .unusable, problem)
  }

  /// There is no money for a take that nobody asked for: its line keeps the audio that it has.
  func unaffordable(_ why: String) -> Move {
    moved(to: .cancelled, .unaffordable, Problem("budget", "no money for another take: \(why)"))
  }

  /// A person wanted it cancelled, and nothing of it is out any more.
  func cancelledByPerson() -> Move {
    moved(to: .cancelled, .cancelledByPerson)
  }

  /// Back into the line; nothing was accepted, so the submit counts for nothing.
  private func deferred(_ cause: Move.Cause, _ problem: Problem, due: Timestamp) -> Move {
    let move = unsent(.queued(due: due), cause, problem)
    var after = move.after
    after.deferrals += 1
    return Move(self, after, cause, problem, charge: move.charge)
  }

  /// A person wanted it sent again where fal does not have it.
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

extension Move {
  fileprivate init(
    _ before: Job, _ after: Job, _ cause: Cause, _ problem: Problem? = nil,
    charge: Charge? = nil
  ) {
    self.init(before: before, after: after, cause: cause, problem: problem, charge: charge)
  }
}
