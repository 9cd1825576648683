import Testing

@testable import CSMCore

@Suite("A lost submit")
struct SearchTests {
  static let grace = Rules.usual.unknownGrace

  static func listed(_ job: Job.ID, _ requestID: String, at: Timestamp = .evening) -> ListedRequest
  {
    ListedRequest(
      requestID: requestID, sentAt: at, request: Job.waiting(job).request, succeeded: false)
  }

  static func lost(_ rules: Rules = .usual, jobs: Int = 1) -> Night {
    var night = Night(jobs: jobs, rules: rules)
    night.round()
    for id in 1...Int64(jobs) { night.answer(id, .submit(.unclear(.sample))) }
    return night
  }

  @Test("is looked for in the listing, and goes on when it is found")
  func found() {
    var night = Self.lost()
    #expect(night.state(1) == .unknown)
    #expect(night.next()?.words == ["list"])
    night.round(.listed([]))
    #expect(night.state(1) == .unknown)
    #expect(night.next()?.words == ["list"])
    night.round(.listed([Self.listed(1, "a", at: .evening + .seconds(5))]))
    #expect(night.state(1) == .inQueue)
    #expect(night.table[1]?.state.ticket?.requestID == "a")
    #expect(night.next()?.words == ["poll 1"])
    #expect(night.spent == Job.cost)
    #expect(night.table[1]?.submits == 1)
  }

  @Test("says nothing about the model's time once it is found: it may have ended unseen")
  func foundLate() {
    var night = Self.lost()
    #expect(night.next()?.words == ["list"])
    night.round(.listed([Self.listed(1, "a")]))
    #expect(night.next()?.words == ["poll 1"])
    night.answer(1, .poll(.completed(seconds: nil)))
    #expect(night.dispatcher.work.usual == nil)
  }

  @Test("is looked for from before its intent on")
  func since() {
    var night = Self.lost()
    guard case .list(_, let since, _)? = night.next()?.first else {
      Issue.record("nothing is listed")
      return
    }
    #expect(since == .evening - Reconciliation.clockSkew)
  }

  @Test("is not given up by a reading in which an equal POST was on its way")
  func equalOnItsWay() {
    let long = Timestamp.evening - Self.grace * 2
    let first = Job.standing(1, .unknown(intent: long, since: long))
    var night = Night(recovering: [first], rules: .resubmitting)
    night.table[2] = Job(
      id: 2, request: first.request, take: 2, state: .queued(due: night.now))
    night.round(.control(night.control()))
    #expect(night.state(2) == .submitting)
    let shown = Self.listed(1, "a", at: long)
    #expect(night.next()?.words == ["list"])
    night.round(.listed([shown]))
    #expect(night.state(1) == .unknown)
    night.answer(2, .submit(.accepted(.sample(2))))
    while night.state(1) == .unknown, night.next() != nil { night.round(.listed([shown])) }
    #expect(night.state(1) == .inQueue)
  }

  @Test(
    "is given up at the end of the grace with a last look, and never before",
    arguments: [(Rules.usual, JobState.Name.held), (.resubmitting, .submitting)])
  func absent(_ rules: Rules, _ after: JobState.Name) {
    var night = Self.lost(rules)
    var looks: [Duration] = []
    while night.state(1) == .unknown, let actions = night.next() {
      #expect(actions.words == ["list"])
      looks.append(night.now.since(.evening))
      night.round(.listed([]))
      #expect((night.state(1) == .unknown) == (night.now.since(.evening) < Self.grace))
    }
    night.pass(.seconds(1))
    #expect(looks.last == Self.grace)
    #expect((6...20).contains(looks.count), "\(looks)")
    #expect(night.state(1) == after)
    #expect(night.table[1]?.submits == (after == .held ? 1 : 2))
    #expect(night.spent.microDollars == Job.cost.microDollars * (after == .held ? 1 : 2))
  }

  @Test("is held where the listing cannot be read, whatever the policy")
  func unread() {
    var night = Self.lost(.resubmitting)
    while night.state(1) == .unknown, night.next() != nil {
      night.round(.listed(.unavailable(.sample)))
      #expect((night.state(1) == .unknown) == (night.now.since(.evening) < Self.grace))
    }
    #expect(night.state(1) == .held)
  }

  @Test("is looked for on where the listing cannot be read since the end of the grace")
  func unreadAtEnd() {
    for isReadAgain in [true, false] {
      var night = Self.lost(.resubmitting)
      while night.state(1) == .unknown, night.next() != nil {
        let age = night.now.since(.evening)
        let isRead = age < Self.grace || isReadAgain && age > Self.grace + .seconds(60)
        night.round(.listed(isRead ? .listed([]) : .unavailable(.sample)))
        if !isRead, age < Self.grace * 3 / 2 { #expect(night.state(1) == .unknown, "\(age)") }
      }
      let move = night.moves.first { $0.cause == .absent }
      #expect(move?.after.state.name == (isReadAgain ? .queued : .held))
      #expect(night.now.since(.evening) <= Self.grace * 2)
    }
  }

  /// Rows that cannot be compared with the lost submit of job 1, and whether they may be it.
  static let opaque: [(OpaqueRequest, Bool)] = [
    (OpaqueRequest(requestID: "x", sentAt: .evening), true),
    (OpaqueRequest(requestID: "x", sentAt: .evening + .seconds(7200)), true),
    (OpaqueRequest(requestID: nil, sentAt: .evening), true),
    (OpaqueRequest(requestID: "x", sentAt: nil), true),
    (OpaqueRequest(requestID: "x", sentAt: .evening - .seconds(121)), false),
    (OpaqueRequest(requestID: "x", endpoint: "fal-ai/other", sentAt: .evening), false),
    (OpaqueRequest(requestID: "owned", sentAt: .evening), false),
  ]

  @Test(
    "is held where the listing shows requests that may be it and cannot be read, whatever the policy",
    arguments: opaque)
  func hidden(_ row: OpaqueRequest, _ mayBe: Bool) {
    let since = Timestamp.evening
    let owner = Ticket(requestID: "owned", acceptedAt: .evening)
    var night = Night(
      recovering: [
        .standing(1, .unknown(intent: since, since: since)), .standing(2, .inProgress(owner)),
      ], rules: .resubmitting)
    night.play(until: since + Self.grace + .seconds(60)) { action, now in
      switch action {
      case .list: return (.zero, .listed(.listed([], opaque: [row])))
      case .step(let step, let job):
        let outcome =
          job.id == 2 ? .poll(.inProgress) : Dispatcher.StepOutcome.spoken(step, job, at: now)
        return (.seconds(1), .done(job.id, generation: job.generation, outcome))
      default: return (.zero, .probed(.fine))
      }
    }
    let move = night.moves.first { $0.before.id == 1 }
    #expect(move?.after.state.name == (mayBe ? .held : .queued))
    #expect(move?.problem?.message.contains("cannot be read and may be it") == mayBe)
  }

  @Test(
    "is held where the listing shows its words with a clip that the table cannot name",
    arguments: [
      ("https://fal.media/a", "words", true), ("https://fal.media/a", "other words", false),
      (ClipSource.object(Digest(SIMD32(repeating: 2))).audioURL, "words", false),
    ])
  func unknownClip(_ url: String, _ prompt: String, _ mayBe: Bool) {
    func request(_ url: String, _ prompt: String) -> SpeechRequest {
      let clip = SpeechRequest.Clip(prompt: prompt, audioURL: url, speakerID: 0)
      return SpeechRequest(scene: [.init(text: "line", speakerID: 0)], context: [clip])
    }
    let file = ClipSource.object(Digest(SIMD32(repeating: 1))).audioURL
    let lost = Job(
      id: 1, request: request(file, "words"), generation: 1,
      state: .unknown(intent: .evening, since: .evening), submits: 1)
    var night = Night(recovering: [lost], rules: .resubmitting)
    let shown = ListedRequest(
      requestID: "a", sentAt: .evening, request: request(url, prompt), succeeded: true)
    while night.state(1) == .unknown, night.next() != nil { night.round(.listed([shown])) }
    #expect(night.state(1) == (mayBe ? .held : .queued))
  }

  @Test("is one whose answer names the request of another line, and says so")
  func sameRequest() {
    var night = Night(jobs: 2)
    night.round()
    for id in 1...2 { night.answer(Int64(id), .submit(.accepted(.sample(1)))) }
    #expect(night.state(1) == .inQueue)
    #expect(night.state(2) == .unknown)
    #expect(night.moves.last?.problem?.kind == "mixed_up")
  }

  @Test("is held with what the submit's answer was")
  func reason() {
    var night = Night(jobs: 1)
    night.round()
    night.answer(1, .submit(.unclear(Problem("unclear_answer", "a page answered"))))
    while night.state(1) == .unknown, night.next() != nil { night.round(.listed([])) }
    #expect(night.state(1) == .held)
    #expect(night.moves.last?.problem?.kind == Problem.lostSubmit)
    #expect(night.moves.last?.problem?.message.contains("(a page answered)") == true)
  }

  @Test("is adopted from the pages of the listing that could be read, although others could not")
  func partlyRead() {
    var night = Self.lost(jobs: 2)
    #expect(night.next()?.words == ["list"])
    night.round(.listed(.unavailable(.sample, shown: [Self.listed(1, "a")])))
    #expect(night.state(1) == .inQueue)
    #expect(night.table[1]?.state.ticket?.requestID == "a")
    #expect(night.state(2) == .unknown)
  }

  @Test("a lost submit of before the start is not given up because the network is not up yet")
  func unreadAtStart() {
    let since = Timestamp.evening - .seconds(86_400)
    var night = Night(recovering: [.standing(1, .unknown(intent: since, since: since))])
    for _ in 1..<Dispatcher.readingsMin {
      #expect(night.next()?.words == ["list"])
      night.round(.listed(.unavailable(.sample)))
      #expect(night.state(1) == .unknown)
    }
    #expect(night.next()?.words == ["list"])
    night.round(.listed([Self.listed(1, "a", at: since)]))
    #expect(night.state(1) == .inQueue)
  }

  @Test("is sent again only as often as attempts are allowed, even where that may pay twice")
  func resubmitsAreBounded() {
    var night = Night(jobs: 1, rules: .resubmitting)
    night.play(until: .evening + .seconds(7 * 86_400)) { action, _ in
      guard case .step(_, let job) = action else { return (.seconds(1), .listed([])) }
      return (.seconds(60), .done(1, generation: job.generation, .submit(.unclear(.sample))))
    }
    #expect(night.state(1) == .held)
    #expect(night.table[1]?.submits == Rules.usual.attemptsMax)
  }

  @Test("counts as one attempt, although fal denied its id for a while")
  func foundAgain() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    night.round()
    while night.state(1) == .inQueue {
      night.deny(1)
      _ = night.next()
    }
    night.round(.listed([Self.listed(1, "request-1")]))
    #expect(night.state(1) == .inQueue)
    #expect(night.table[1]?.attempts == 1)
  }

  @Test("is held where the listing goes on to show it, and fal to deny its id")
  func deniedForGood() {
    var night = Night(recovering: [.standing(1, .inQueue(.sample(1)))])
    night.play(until: .evening + .seconds(86_400)) { action, _ in
      guard case .step(let step, let job) = action else {
        return (.seconds(1), .listed([Self.listed(1, "request-1")]))
      }
      let outcome: Dispatcher.StepOutcome =
        step.call == .collect ? .collect(.missing(.sample)) : .poll(.missing(.sample))
      return (.seconds(1), .done(1, generation: job.generation, outcome))
    }
    #expect(night.state(1) == .held)
    #expect(night.table[1]?.state.ticket?.requestID == "request-1")
  }

  @Test("does not get the request of an equal one whose POST is on its way or was just answered")
  func equalInput() {
    var night = Night(jobs: 2)
    let twin = night.table[2]!
    night.table[2] = Job(id: 2, request: night.table[1]!.request, take: 2, state: twin.state)
    night.round()
    night.answer(1, .submit(.unclear(.sample)))
    #expect(night.next()?.words == ["list"])
    night.round(.listed([Self.listed(1, "b")]))
    #expect(night.state(1) == .unknown)
    #expect(night.next()?.words == ["list"])
    let ticket = Ticket(requestID: "b", acceptedAt: .evening)
    night.round(
      .done(2, generation: 1, .submit(.accepted(ticket))), .listed([Self.listed(1, "b")]))
    #expect(night.state(1) == .unknown)
    #expect(night.state(2) == .inQueue)
  }

  @Test("shares one reading of the listing with all others")
  func oneReading() {
    var night = Self.lost(jobs: 4)
    #expect(night.pass(.seconds(2)).words.contains("list"))
    #expect(night.pass(.seconds(3600)).words.allSatisfy { $0 == "probe" || $0 == "list" })
    night.round(.listed((1...4).map { Self.listed($0, "id-\($0)") }))
    #expect((1...4).allSatisfy { night.table[$0]?.state.ticket?.requestID == "id-\($0)" })
  }
}
