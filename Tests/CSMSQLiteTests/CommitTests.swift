import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Committing moves")
struct CommitTests {
  let bench: Bench
  let now = Bench.start + .seconds(3600)

  init() throws { bench = try Bench(role: .daemon) }

  /// The expected money and request ids, kept beside the table.
  struct Ledger {
    struct Key: Hashable {
      let job: Job.ID
      let generation: Int
    }

    var cost: [Key: Money] = [:]
    var requestID: [Key: String] = [:]

    mutating func book(_ move: Move) {
      let key = Key(job: move.after.id, generation: move.after.generation)
      switch move.charge {
      case .reserve(let money), .owed(let money), .settle(let money): cost[key] = money
      case nil: break
      }
      if let ticket = move.after.state.ticket { requestID[key] = ticket.requestID }
    }
  }

  @Test("does not hold a job that a person asked to cancel meanwhile")
  func cancelledMeanwhile() throws {
    let bench = try Bench(role: .daemon)
    try bench.add(["one"])
    try bench.bring(1, to: .unknown)
    let job = try #require(try bench.table.activeJobs(among: [1]).first)
    #expect(try bench.table.cancel(Selection(), at: Bench.start).marked == 1)
    let move = job.absent(wasRead: true, rules: Rules(price: Sample.price), at: Bench.start)
    #expect(move.after.state.name == .held)
    #expect(try bench.table.commit(.init(moves: [move]), at: Bench.start).missed == [1])
    #expect(try bench.table.activeJobs(among: [1]).first?.cancelWanted == true)
  }

  @Test("writes every kind of move so that the row reads back as the moved job")
  func roundTrip() throws {
    let texts = (1...400).map { "text \($0)" }
    try bench.add(texts)
    var generator = SeededGenerator(seed: 7)
    var ledger = Ledger()
    var seen: Set<Move.Cause> = []
    for id in 1...Job.ID(texts.count) {
      for step in 1...9 {
        guard let job = try? bench.job(id) else { break }
        let moves = Sample.moves(of: job, requestID: "\(id)-\(step)", at: now + .seconds(step))
        guard !moves.isEmpty else { break }
        let move = moves[Int(generator.share() * Double(moves.count))]
        try #require(try bench.commit([move], at: now + .seconds(step)).isEmpty)
        ledger.book(move)
        seen.insert(move.cause)
        try expectRow(after: move, at: now + .seconds(step))
        try expectHistory(endsWith: move, at: now + .seconds(step))
      }
    }
    #expect(seen == Set(Move.Cause.allCases).subtracting([.cancelledByPerson, .unaffordable]))
    try expect(ledger)
    #expect(try bench.table.integrityComplaints() == nil)
  }

  private func expectRow(after move: Move, at moment: Timestamp) throws {
    let row = try bench.row(move.after.id)
    let name = move.after.state.name
    #expect(row["state"] == name.rawValue)
    #expect(row["updated_at"] == moment.milliseconds)
    #expect(row["finished_at"] == (name.isEnded ? moment.milliseconds : nil))
    #expect(row["error_class"] == move.problem?.kind)
    #expect(row["error"] == move.problem?.message)
    switch move.after.state {
    case .stored(let audio):
      #expect(row["digest"] == audio.digest.data)
      #expect(row["request_id"] == move.before.state.ticket?.requestID)
    case .failed, .cancelled:
      #expect(row["request_id"] == move.before.state.ticket?.requestID)
    default: #expect(try Job(row: row) == move.after)
    }
    #expect(row["generation"] == move.after.generation)
    #expect(row["submits"] == move.after.submits)
    #expect(row["attempts"] == move.after.attempts)
    #expect(row["deferrals"] == move.after.deferrals)
  }

  private func expectHistory(endsWith move: Move, at moment: Timestamp) throws {
    let step = try #require(try bench.table.history(of: move.after.id).last)
    #expect(step.at == moment)
    #expect(step.from == move.before.state.name.rawValue)
    #expect(step.to == move.after.state.name.rawValue)
    #expect(step.cause == move.cause.rawValue)
    #expect(step.requestID == move.ticket?.requestID)
    #expect(step.errorClass == move.problem?.kind)
    #expect(step.error == move.problem?.message)
  }

  @Test("stores URLs below the response URL shortened, and reads them back in full")
  func shortURLs() throws {
    let base = "https://queue.fal.run/fal-ai/csm-1b/requests/r"
    let tickets = [
      Ticket(
        requestID: "r", statusURL: "\(base)/status", responseURL: base, cancelURL: "\(base)/cancel",
        acceptedAt: Bench.start),
      Ticket(requestID: "r", statusURL: "\(base)/status", acceptedAt: Bench.start),
      Ticket(
        requestID: "r", statusURL: "\(base)s/status", responseURL: base, acceptedAt: Bench.start),
    ]
    for (ticket, column) in zip(tickets, ["/status", "\(base)/status", "\(base)s/status"]) {
      let bench = try Bench()
      try bench.add(["one"])
      let claimed = try bench.bring(1, to: .submitting)
      var generator = SeededGenerator(seed: 1)
      let move = claimed.after(
        .accepted(ticket), intent: Bench.start, at: Bench.start, generator: &generator)
      #expect(try bench.commit([move]).isEmpty)
      #expect(try bench.row(1)["status_url"] == column)
      #expect(try bench.job(1).state == .inQueue(ticket))
    }
  }

  private func expect(_ ledger: Ledger) throws {
    let rows = try bench.table.read { db in
      try Row.fetchAll(db, sql: "SELECT job_id, generation, cost, request_id FROM submission")
    }
    var found = Ledger()
    for row in rows {
      let key = Ledger.Key(job: row["job_id"], generation: row["generation"])
      found.cost[key] = Money(microDollars: row["cost"])
      found.requestID[key] = row["request_id"]
    }
    #expect(found.cost == ledger.cost)
    #expect(found.requestID == ledger.requestID)
    let sum = ledger.cost.values.reduce(Money.zero, +)
    #expect(try bench.table.spent(since: Bench.start) == sum)
  }

  // MARK: Misses

  @Test("leaves out a move whose job is in another state, with everything that belongs to it")
  func otherState() throws {
    try bench.add(["one", "two"])
    let one = try bench.bring(1, to: .completed)
    let two = try bench.bring(2, to: .inQueue)
    try bench.execute(
      "UPDATE job SET state = 'HELD', error_class = 'x', error = 'y', finished_at = 1 WHERE id = 1")
    let before = try bench.dump("job").first
    let history = try bench.table.history(of: 1).count
    let missed = try bench.commit(
      [
        one.stored(Sample.audio("a")),
        two.finished(Sample.ticket("request-2"), result: "{}", units: 9, price: Sample.price),
      ], at: now)
    #expect(missed == [1])
    #expect(try bench.dump("job").first == before)
    #expect(try bench.table.history(of: 1).count == history)
    #expect(try bench.dump("object").isEmpty)
    #expect(try bench.state(2) == "COMPLETED")
  }

  @Test("leaves out a move of an older generation")
  func otherGeneration() throws {
    try bench.add(["one"])
    let old = try bench.job(1)
    try bench.execute("UPDATE job SET generation = 1")
    #expect(try bench.commit([old.claimed(at: now, price: Sample.price)]) == [1])
    #expect(try bench.state(1) == "QUEUED")
    #expect(try bench.dump("submission").isEmpty)
    #expect(try bench.dump("transition").isEmpty)
  }

  @Test("leaves out a move whose job is gone")
  func gone() throws {
    try bench.add(["one"])
    let job = try bench.job(1)
    try bench.add(["eins"])
    #expect(try bench.commit([job.claimed(at: now, price: Sample.price)]) == [1])
  }

  @Test("leaves out later moves of a job after one has missed")
  func chain() throws {
    try bench.add(["one"])
    let claim = try bench.job(1).claimed(at: now, price: Sample.price)
    let found = claim.after.found(Sample.ticket("r"))
    try bench.execute("UPDATE job SET generation = 4")
    #expect(try bench.commit([claim, found]) == [1])
    try bench.execute("UPDATE job SET generation = 0")
    #expect(try bench.commit([claim, found]) == [])
    #expect(try bench.state(1) == "IN_QUEUE")
  }

  @Test(
    "leaves out a move with a request id of another job, in any state",
    arguments: [JobState.Name.inQueue, .completed, .stored, .failed, .cancelled])
  func ownedByAnother(_ state: JobState.Name) throws {
    try bench.add(["one", "two"])
    try bench.bring(1, to: state == .failed ? .inQueue : state, requestID: "r")
    if state == .failed {
      let job = try bench.job(1)
      var generator = SeededGenerator(seed: 1)
      let move = job.failedAtFal(
        FalFailure(Sample.problem, isTransient: false, isByModel: true), isSure: true,
        rules: Rules(price: Sample.price), at: now, generator: &generator)
      try bench.commit([move])
    }
    let two = try bench.bring(2, to: .unknown)
    let before = try bench.dump()
    #expect(try bench.commit([two.found(Sample.ticket("r"))]) == [2])
    #expect(try bench.dump() == before)
  }

  @Test("leaves out a move with a request id that an earlier submit of the job has")
  func ownedByEarlierSubmit() throws {
    try bench.add(["one", "two"])
    let job = try bench.bring(1, to: .inQueue, requestID: "r")
    var generator = SeededGenerator(seed: 1)
    let failed = job.failedAtFal(
      FalFailure(Sample.problem, isTransient: true, isByModel: true), isSure: true,
      rules: Rules(price: Sample.price), at: now, generator: &generator)
    let claimed = failed.after.claimed(at: now, price: Sample.price)
    #expect(try bench.commit([failed, claimed], at: now) == [])
    let two = try bench.job(2)
    let missed = try bench.commit(
      [
        claimed.after.found(Sample.ticket("r"), .accepted),
        two.claimed(at: now, price: Sample.price),
      ],
      at: now)
    #expect(missed == [1])
    #expect(try bench.state(1) == "SUBMITTING")
    #expect(try bench.state(2) == "SUBMITTING")
  }

  @Test("finds a lost submit again under its known id")
  func foundAgain() throws {
    try bench.add(["one"])
    let job = try bench.bring(1, to: .inQueue, requestID: "r")
    let lost = job.lost(Sample.ticket("r"), Sample.problem, at: now)
    #expect(try bench.commit([lost, lost.after.found(Sample.ticket("r"))], at: now) == [])
    #expect(try bench.state(1) == "IN_QUEUE")
    #expect(try bench.number("SELECT count(*) FROM submission") == 1)
  }

  // MARK: Money, objects, gates

  @Test("sums the cost of submits from a given time on")
  func spent() throws {
    try bench.add([String(repeating: "a", count: 1000), String(repeating: "b", count: 2000)])
    let (one, two) = (try bench.job(1), try bench.job(2))
    try bench.commit([one.claimed(at: now, price: Sample.price)], at: now)
    let later = now + .seconds(1)
    try bench.commit([two.claimed(at: later, price: Sample.price)], at: later)
    #expect(try bench.table.spent(since: now).microDollars == 90_000)
    #expect(try bench.table.spent(since: later).microDollars == 60_000)
    #expect(try bench.table.spent(since: later + .milliseconds(1)) == .zero)
    // A submit that was not accepted costs nothing.
    let job = try bench.job(2)
    try bench.commit([job.neverSent(at: later)], at: later)
    #expect(try bench.table.spent(since: now).microDollars == 30_000)
  }

  @Test("keeps one row for an object that two jobs share")
  func sameAudio() throws {
    try bench.add(["one", "two"])
    for id: Job.ID in 1...2 {
      let job = try bench.bring(id, to: .completed)
      #expect(try bench.commit([job.stored(Sample.audio("same"))], at: now) == [])
    }
    #expect(try bench.dump("object").count == 1)
    #expect(try bench.lines().map(\.bytes) == [44_100, 44_100])
    #expect(try bench.lines().map(\.durationMilliseconds) == [1500, 1500])
    #expect(
      try bench.lines().map(\.digest) == [Sample.audio("same").digest, Sample.audio("same").digest])
  }

  @Test("saves, updates and removes a gate as it closes and opens")
  func gates() throws {
    let gate = Gate(
      name: .auth, reason: "no", since: now, probeAt: now + .seconds(300), gap: .seconds(300))
    try bench.commit([], gates: [.auth: gate], at: now)
    #expect(try bench.table.control(at: now).gates == [gate])
    var later = gate
    later.reason = "still no"
    later.probeAt = nil
    later.gap = .seconds(600)
    let paused = Gate(name: .paused, reason: "dinner", since: now, probeAt: nil)
    try bench.commit([], gates: [.auth: later, .paused: paused], at: now)
    #expect(try bench.table.control(at: now).gates == [later, paused])
    let opened: [Gate.Name: Gate?] = [.auth: Gate?.none]
    try bench.commit([], gates: opened, at: now)
    #expect(try bench.table.control(at: now).gates == [paused])
  }

  @Test("writes nothing when one of the moves cannot be written")
  func broken() throws {
    try bench.add(["one", "two"])
    let (one, two) = (try bench.job(1), try bench.job(2))
    let claim = one.claimed(at: now, price: Sample.price)
    var after = two
    after.submits = -1
    let bad = Move(before: two, after: after, cause: .claimed, problem: nil, charge: nil)
    let before = try bench.dump()
    #expect(throws: TableError.self) { try bench.commit([claim, bad]) }
    #expect(try bench.dump() == before)
  }

  @Test("does nothing and takes no lock when there is nothing to write")
  func empty() throws {
    try FileLock(path: bench.folder("lock")).withLock { () throws in
      #expect(try bench.commit([]) == [])
    }
  }
}
