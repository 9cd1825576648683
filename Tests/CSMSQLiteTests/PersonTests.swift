import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("What a person decides")
struct PersonTests {
  let bench: Bench
  let now = Bench.start + .seconds(60)

  init() throws { bench = try Bench() }

  @Test("retry requeues a job that fal never took, with a new generation and fresh attempts")
  func retry() throws {
    try bench.add(["a", "b", "c"])
    try bench.bring(1, to: .failed)
    #expect(
      try bench.table.retry(Selection(), at: now)
        == JobTable.Decision(selected: 3, moved: 1, marked: 0))
    let job = try bench.job(1)
    #expect(job.state == .queued(due: now))
    #expect(job.generation == 2 && job.attempts == 0 && job.deferrals == 0)
    #expect(try bench.row(1)["error_class"] == String?.none)
    let step = try #require(try bench.table.history(of: 1).last)
    #expect(step.cause == "retried" && step.to == "QUEUED" && step.at == now)
    #expect(try bench.job(3).generation == 0)
    // The next claim has a submission row of its own.
    try bench.bring(1, to: .inQueue, at: now)
    #expect(try bench.number("SELECT count(*) FROM submission WHERE job_id = 1") == 2)
  }

  @Test("retry of a lost submit searches for it once more, under its own generation")
  func retryLost() throws {
    try bench.add(["a", "b"])
    let held = try bench.bring(1, to: .held)
    #expect(try bench.table.control(at: now).held.map(\.job.id) == [1])
    #expect(
      try bench.table.retry(Selection(), at: now)
        == JobTable.Decision(selected: 2, moved: 1, marked: 0, lookedFor: 1))
    let job = try bench.job(1)
    #expect(job.state == .unknown(intent: Bench.start, since: now))
    #expect(job.generation == held.generation && job.retryWanted)
    let control = try bench.table.control(at: now)
    #expect(control.retried == [job])
    #expect(control.held.isEmpty)
    let absent = job.absent(wasRead: true, rules: Rules(price: Sample.price), at: now)
    #expect(try bench.commit([absent], at: now) == [])
    #expect(try bench.job(1).state == .queued(due: now))
    #expect(try !bench.job(1).retryWanted)
  }

  @Test("retry of a job with a request id asks that request first")
  func retryAsksFirst() throws {
    try bench.add(["a"])
    let running = try bench.bring(1, to: .inQueue, requestID: "r")
    var generator = SeededGenerator(seed: 1)
    let failure = FalFailure(Sample.problem, isTransient: false, isByModel: false)
    let rules = Rules(price: Sample.price)
    try bench.commit(
      [running.failedAtFal(failure, isSure: false, rules: rules, at: now, generator: &generator)],
      at: now)
    #expect(try bench.table.retry(Selection(), at: now).moved == 1)
    let job = try bench.job(1)
    #expect(job.state.ticket?.requestID == "r")
    #expect(job.retryWanted && job.attempts == 0)
    // If fal denies it again, it is sent again, as the person wanted.
    let again = job.failedAtFal(
      failure, isSure: false, rules: rules, at: now, generator: &generator)
    #expect(again.after.state == .queued(due: now))
    #expect(try bench.commit([again], at: now) == [])
    let charges: [Int] = try bench.column("SELECT is_settled FROM submission")
    #expect(charges == [0])
  }

  @Test("retry takes a job in doubt only if it is named")
  func retryDoubtful() throws {
    try bench.add(["a"])
    try bench.bring(1, to: .unknown)
    var named = Selection()
    named.states = [.unknown]
    #expect(try bench.table.retry(named, at: now).lookedFor == 1)
    #expect(try bench.job(1).retryWanted)
  }

  @Test("retry of a job in doubt counts although csmd is about to give the job up")
  func retryInTime() throws {
    try bench.add(["a", "b"])
    let rules = Rules(price: Sample.price)
    var named = Selection()
    named.states = [.unknown]
    for id: Job.ID in [1, 2] { try bench.bring(id, to: .unknown) }
    let held = try bench.job(1).absent(wasRead: true, rules: rules, at: now)
    _ = try bench.table.cancel(named, at: now)
    let cancelled = try bench.job(2).absent(wasRead: true, rules: rules, at: now)
    #expect([held, cancelled].map(\.after.state.name) == [.held, .cancelled])
    #expect(try bench.table.retry(named, at: now).lookedFor == 2)
    #expect(try bench.commit([held, cancelled], at: now) == [1, 2])
    for id: Job.ID in [1, 2] {
      #expect(try bench.job(id).state.name == .unknown && bench.job(id).retryWanted)
    }
  }

  @Test("retry of a held job with a durable result continues with the download, at no cost")
  func retryDownload() throws {
    try bench.add(["a"])
    let completed = try bench.bring(1, to: .completed)
    let held = completed.unusable(Sample.ticket("request-1"), result: Sample.result, Sample.problem)
    try bench.commit([held])
    let spent = try bench.table.spent(since: Bench.start)
    #expect(try bench.table.retry(Selection(), at: now).moved == 1)
    let job = try bench.job(1)
    #expect(job.state == completed.state)
    #expect(job.generation == completed.generation)
    #expect(try bench.table.activeJobs() == [job])
    #expect(try bench.commit([job.stored(Sample.audio("a"))], at: now) == [])
    #expect(try bench.table.spent(since: Bench.start) == spent)
    #expect(try bench.table.history(of: 1).map(\.to).suffix(3) == ["HELD", "COMPLETED", "STORED"])
  }

  @Test(
    "retry leaves every other job alone",
    arguments: JobState.Name.allCases.filter { $0 != .failed && $0 != .held })
  func retryNothing(_ state: JobState.Name) throws {
    try bench.add(["a"])
    try bench.bring(1, to: state)
    let before = try bench.dump()
    #expect(try bench.table.retry(Selection(), at: now) == .init(selected: 1, moved: 0, marked: 0))
    #expect(try bench.dump() == before)
  }

  @Test(
    "cancel ends a job that is not out, and marks one that fal may have",
    arguments: JobState.Name.allCases)
  func cancel(_ state: JobState.Name) throws {
    try bench.add(["a"])
    try bench.bring(1, to: state)
    let decision = try bench.table.cancel(Selection(), at: now)
    switch state {
    case .queued, .held:
      #expect(decision.selected == 1 && decision.moved == 1 && decision.marked == 0)
      // A submit was held that fal may have spoken.
      #expect((decision.cost > .zero) == (state == .held) && decision.lookedFor == 0)
      #expect(try bench.state(1) == "CANCELLED")
      let step = try #require(try bench.table.history(of: 1).last)
      #expect(step.cause == "cancelled_by_person" && step.from == state.rawValue)
      #expect(try bench.table.control(at: now).cancelWanted.isEmpty)
    case .submitting, .unknown, .inQueue, .inProgress:
      let isLost = state == .unknown
      #expect(decision.selected == 1 && decision.moved == 0 && decision.marked == 1)
      #expect(decision.lookedFor == (isLost ? 1 : 0))
      #expect((decision.cost > .zero) == isLost)
      #expect(try bench.state(1) == state.rawValue)
      #expect(try bench.job(1).cancelWanted)
      #expect(try bench.table.control(at: now).cancelWanted == [1])
    case .completed, .stored, .failed, .cancelled:
      #expect(decision == .init(selected: 1, moved: 0, marked: 0))
      #expect(try bench.state(1) == state.rawValue)
    }
  }

  @Test("cancel of a held job with a result drops the result, but not the request's id")
  func cancelHeldResult() throws {
    try bench.add(["a"])
    let job = try bench.bring(1, to: .completed)
    try bench.commit([
      job.unusable(Sample.ticket("request-1"), result: Sample.result, Sample.problem)
    ])
    #expect(try bench.table.cancel(Selection(), at: now).moved == 1)
    #expect(try bench.row(1)["request_id"] == "request-1")
  }

  @Test("a mark and a move of the daemon do not get in each other's way")
  func markAndMove() throws {
    try bench.add(["a"])
    let job = try bench.bring(1, to: .inQueue)
    _ = try bench.table.cancel(Selection(), at: now)
    let move = try #require(job.progressed(to: .inProgress(Sample.ticket("request-1"))))
    #expect(try bench.commit([move], at: now) == [])
    #expect(try bench.job(1).cancelWanted)
  }

  @Test("pause closes its gate once, and resume opens every gate")
  func pause() throws {
    #expect(try bench.table.pause(reason: "dinner", at: now))
    #expect(try !bench.table.pause(reason: "supper", at: now + .seconds(1)))
    #expect(try bench.table.control(at: now).gates.map(\.reason) == ["dinner"])
    let gate = Gate(name: .auth, reason: "no", since: now, probeAt: nil)
    try bench.commit([], gates: [.auth: gate])
    #expect(try bench.table.resume(at: now).map(\.name) == [.auth, .paused])
    #expect(try bench.table.resume(at: now).isEmpty)
    #expect(try bench.table.control(at: now).gates.isEmpty)
  }

  @Test("a job of two lines is counted once")
  func sharedJob() throws {
    try bench.add(["a", "a"])
    #expect(
      try bench.table.cancel(Selection(), at: now) == .init(selected: 1, moved: 1, marked: 0))
    #expect(try bench.table.history(of: 1).count == 1)
  }

  @Test("equal lines that a cancellation affects: those without audio, and those that keep theirs")
  func elsewhere() throws {
    try bench.add(["one", "two"], batch: "a")
    try bench.add(["one"], batch: "b")
    try bench.add(["two"], batch: "c")
    try bench.bring(1, to: .stored)
    #expect(try bench.reroll { $0.states = [.stored] }.queued == 1)
    var selection = Selection()
    selection.batch = "a"
    selection.age = .withTakes
    #expect(
      try bench.table.cancel(selection, at: now).elsewhere == [
        .init(batch: "b", lines: 1, first: "L1", isOtherTake: true),
        .init(batch: "c", lines: 1, first: "L1", isOtherTake: false),
      ])
  }

  @Test("a selection that matches nothing changes nothing")
  func nothing() throws {
    try bench.add(["a"])
    let before = try bench.dump()
    var selection = Selection()
    selection.ids = ["nobody"]
    #expect(try bench.table.cancel(selection, at: now) == JobTable.Decision())
    #expect(try bench.dump() == before)
  }
}
