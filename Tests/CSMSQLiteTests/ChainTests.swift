import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("Turns that need turns before them")
struct ChainTests {
  private let bench: Bench
  private let now = Bench.start
  private static let voice = Sample.voice("anna")

  init() throws {
    bench = try Bench(role: .daemon)
    _ = try bench.table.add(Self.voice, clip: Sample.audio("anna"), at: now)
  }

  /// The turns of one scene, each of which needs the `chain` turns before it.
  private func scene(_ texts: [String], chain: Int = 2) -> [NewLine] {
    var turns: [SpeechRequest.Clip] = []
    return texts.enumerated().map { index, text in
      let request = SpeechRequest(
        scene: [.init(text: text, speakerID: index % 2)],
        context: [Self.voice.context(as: 0)] + turns.suffix(chain))
      let key = Digest.of(request)
      turns.append(
        .init(prompt: text, audioURL: ClipSource.job(key: key).audioURL, speakerID: index % 2))
      return NewLine(
        request: request, key: key, id: "t\(index + 1)", text: nil, meta: nil, number: index + 1)
    }
  }

  private func due() throws -> [Int64] {
    try bench.table.dueJobs(limit: 99, at: now).jobs.map(\.id)
  }

  private func waits() throws -> [Int64] {
    try bench.column("SELECT id FROM job WHERE waits_for = 'turns' ORDER BY id")
  }

  /// The prompts and URLs of a job's context, without the voice's clip.
  private func turns(_ id: Int64) throws -> [String] {
    let context = try bench.job(id).request.context
    #expect(context.first == Self.voice.context(as: 0))
    return context.dropFirst().map { "\($0.prompt)@\($0.audioURL.prefix(12)) \($0.speakerID)" }
  }

  private func place(_ requestID: String) -> String {
    String(ClipSource.object(Sample.audio(requestID).digest).audioURL.prefix(12))
  }

  @Test("the first turn is due at once, the others when the turns they need are spoken")
  func order() throws {
    try bench.add(scene(["one", "two", "three", "four"]))
    #expect(try due() == [1])
    #expect(try waits() == [2, 3, 4])
    for id in Int64(1)...3 {
      try bench.bring(id, to: .stored)
      #expect(try due() == [id + 1])
      if id == 1 { #expect(try turns(2) == ["one@\(place("request-1")) 0"]) }
    }
    #expect(try turns(4) == ["two@\(place("request-2")) 1", "three@\(place("request-3")) 0"])
  }

  @Test("other queued lines overtake, whatever their priority")
  func nobodyIsBlocked() throws {
    try bench.add(scene(["one", "two"]), priority: 9)
    try bench.add(["else"], batch: "other")
    #expect(try due() == [1, 3])
  }

  @Test("a failed or cancelled turn is left out, and blocks nobody")
  func leftOut() throws {
    try bench.add(scene(["one", "two", "three"]))
    try bench.bring(1, to: .failed)
    #expect(try due() == [2])
    #expect(try turns(2) == [])
    var second = Selection()
    second.ids = ["2"]
    #expect(try bench.table.cancel(second, at: now).moved == 1)
    #expect(try due() == [3])
    #expect(try turns(3) == [])
  }

  @Test("a held turn keeps later turns waiting until a person decides")
  func held() throws {
    try bench.add(scene(["one", "two"]))
    try bench.bring(1, to: .held)
    #expect(try due() == [])
    #expect(try bench.table.waitingJobs().forTurns == 1)
    var all = Selection()
    all.states = [.held]
    #expect(try bench.table.cancel(all, at: now).moved == 1)
    #expect(try due() == [2])
    #expect(try bench.table.waitingJobs().forTurns == 0)
  }

  @Test("a retry makes only unsent turns wait again")
  func retry() throws {
    try bench.add(scene(["one", "two"]))
    try bench.bring(1, to: .failed)
    let claim = try #require(Sample.moves(of: try bench.job(2), requestID: "r", at: now).first)
    var failed = Selection()
    failed.states = [.failed]
    #expect(try bench.table.retry(failed, at: now).moved == 1)
    #expect(try waits() == [2])
    #expect(try due() == [1])
    // This claim was decided before the retry.
    #expect(try bench.commit([claim]) == [2])
    try bench.bring(1, to: .failed, requestID: "again")
    #expect(try bench.commit([claim]) == [2])
    try bench.bring(2, to: .inQueue)
    #expect(try bench.table.retry(failed, at: now).moved == 1)
    #expect(try waits() == [])
    #expect(try bench.state(2) == "IN_QUEUE")
  }

  @Test("a whole scene can be cancelled in one call")
  func cancelled() throws {
    try bench.add(scene(["one", "two", "three"]))
    #expect(try bench.table.cancel(Selection(), at: now).moved == 3)
    #expect(try bench.column("SELECT DISTINCT state FROM job") == ["CANCELLED"])
    #expect(try waits() == [])
  }

  @Test("a turn added after its needs have ended does not wait")
  func late() throws {
    try bench.add(scene(["one", "two"]))
    try bench.bring(1, to: .stored)
    try bench.bring(2, to: .stored)
    try bench.add(scene(["one", "two", "three"]))
    #expect(try due() == [3])
    #expect(
      try turns(3) == ["one@\(place("request-1")) 0", "two@\(place("request-2")) 1"])
  }

  @Test("the same scene in another batch shares the jobs and waits only once")
  func shared() throws {
    try bench.add(scene(["one", "two"]))
    let summary = try bench.add(scene(["one", "two"]), batch: "again")
    #expect(summary.queued == 0)
    #expect(summary.shared == 2)
    #expect(try bench.number("SELECT count(*) FROM job_need") == 1)
  }

  @Test("editing a turn makes new jobs for it and later turns; unsent ones are deleted")
  func edited() throws {
    try bench.add(scene(["one", "two", "three", "four"], chain: 1))
    try bench.bring(1, to: .stored)
    let summary = try bench.add(scene(["one", "zwei", "three", "four"], chain: 1))
    #expect(summary.changed == 3)
    #expect(summary.queued == 3)
    #expect(try bench.column("SELECT id FROM job ORDER BY id") == [1, 5, 6, 7])
    #expect(try due() == [5])
    #expect(try bench.dump("job_need").count == 3)
  }

  @Test("a job that only a pruned turn still needed is deleted with it")
  func neededByPruned() throws {
    try bench.add(scene(["one", "two", "three"], chain: 1))
    try bench.add(scene(["one", "zwei"], chain: 1))
    #expect(try bench.column("SELECT id FROM job ORDER BY id") == [1, 2, 3, 4])
    try bench.add(scene(["one", "zwei"], chain: 1), isPruning: true)
    #expect(try bench.column("SELECT id FROM job ORDER BY id") == [1, 4])
    #expect(try !bench.table.isMiscounted())
  }

  @Test("a job that another batch's turn needs stays when its own line is gone")
  func keptForOthers() throws {
    try bench.add(scene(["one", "two", "three"]))
    try bench.add(
      scene(["one", "two", "three"]).suffix(1).map { $0 }, batch: "last turn only")
    try bench.add(scene(["eins", "zwei", "drei"]))
    let ids: [Int64] = try bench.column("SELECT id FROM job ORDER BY id")
    #expect(ids.count == 6)
    #expect(ids.prefix(3) == [1, 2, 3])
    #expect(try due() == [1, try #require(ids.dropFirst(3).first)])
  }

  @Test("jobs that only a cancelled turn needs are deleted with their own lines")
  func neededByCancelled() throws {
    try bench.add(scene(["one", "two", "three"]))
    var selection = Selection()
    selection.ids = ["t3"]
    #expect(try bench.table.cancel(selection, at: now).moved == 1)
    try bench.add(scene(["else"]), isPruning: true)
    #expect(try bench.column("SELECT id FROM job WHERE state = 'QUEUED'") == [4])
    #expect(try bench.number("SELECT count(*) FROM job_need") == 0)
  }

  @Test("an unwanted job is deleted when the last turn that needs it is cancelled")
  func neededNoMore() throws {
    try bench.add(scene(["one", "two", "three"]))
    try bench.add(scene(["one", "two", "three"]).suffix(1).map { $0 }, batch: "last turn only")
    try bench.add(scene(["else"]), isPruning: true)
    let ids: [Int64] = try bench.column("SELECT id FROM job ORDER BY id")
    #expect(ids.starts(with: [1, 2, 3]) && ids.count == 4)
    var selection = Selection()
    selection.batch = "last turn only"
    #expect(try bench.table.cancel(selection, at: now).moved == 1)
    #expect(try bench.column("SELECT id FROM job ORDER BY id") == Array(ids.dropFirst(2)))
    #expect(try bench.number("SELECT count(*) FROM job_need") == 0)
  }

  @Test("a turn cancelled while waiting waits again when retried")
  func wantedAfterAll() throws {
    try bench.add(scene(["one", "two", "three"]))
    var selection = Selection()
    selection.ids = ["t3"]
    _ = try bench.table.cancel(selection, at: now)
    #expect(try bench.reroll { $0.ids = ["t3"] }.queued == 1)
    #expect(try waits().count == 2)
    for id in [1, 2] as [Int64] { try bench.bring(id, to: .stored) }
    #expect(try due().count == 1)
    #expect(try bench.number("SELECT input LIKE '%job:%' FROM job WHERE state = 'QUEUED'") == 0)
    #expect(try bench.number("SELECT template LIKE '%job:%' FROM job WHERE state = 'QUEUED'") == 1)
  }

  @Test("a held turn that others wait for is not rerolled but reported")
  func heldAndNeeded() throws {
    try bench.add(scene(["one", "two"]))
    try bench.bring(1, to: .held)
    #expect(try bench.reroll { $0.ids = ["t1"] } == .init(selected: 1, needed: 1))
    try bench.add(scene(["one", "two"]).suffix(1).map { $0 }, batch: "last turn only")
    try bench.add(scene(["else"]), isPruning: true)
    #expect(try waits() == [2])
    #expect(try bench.table.endedBadly().held == 1)
  }

  @Test("nor is a turn with audio, while others wait for a held take of it")
  func heldTakeAndNeeded() throws {
    try bench.add(scene(["one", "two"]))
    for id in [1, 2] as [Job.ID] { try bench.bring(id, to: .stored) }
    var selection = Selection()
    selection.ids = ["t1"]
    func onward() throws -> JobTable.Rerolling {
      try bench.table.reroll(selection, takes: 1, isOnward: true, price: Sample.price, at: now)
    }
    #expect(try onward().queued == 2)
    try bench.bring(3, to: .held)
    #expect(try waits() == [4])
    #expect(try onward() == .init(selected: 2, open: 1, needed: 1))
    selection.age = .withTakes
    #expect(try bench.table.cancel(selection, at: now).moved == 1)
    #expect(try due() == [4])
  }

  @Test("a job that only another batch's turn needs does not wait for its old batch's budget")
  func neededBeyondBudget() throws {
    try bench.add(scene(["one", "two", "three"]), budget: .zero)
    try bench.add(
      scene(["one", "two", "three"]).suffix(1).map { $0 }, batch: "last turn only")
    let budget = BatchBudget(id: 1, name: "night", limit: .zero, spent: .zero)
    let exhausted = ExhaustedBudget(budget: budget, nextCost: Money(microDollars: 5))
    _ = try bench.table.commit(.init(moves: [], exhausted: [exhausted]), at: now)
    #expect(try due() == [])
    try bench.add(scene(["eins", "zwei", "drei"]))
    #expect(try due().contains(1))
  }

  @Test("a dry run leaves nothing behind")
  func dryRun() throws {
    let before = try bench.dump()
    #expect(try bench.add(scene(["one", "two"]), isDryRun: true).queued == 2)
    #expect(try bench.dump() == before)
  }

  @Test("lines say which lines they wait for")
  func list() throws {
    try bench.add(scene(["one", "two", "three"]))
    #expect(try bench.lines().map(\.waitsFor) == [nil, .turns(["t1"]), .turns(["t1", "t2"])])
    try bench.bring(1, to: .stored)
    #expect(try bench.lines().map(\.waitsFor) == [nil, nil, .turns(["t2"])])
    #expect(try bench.table.standing(batch: "night", lately: now).waitingForTurns == 1)
    try bench.execute("UPDATE job SET waits_for = 'budget' WHERE id = 2")
    #expect(try bench.lines()[1].waitsFor == .budget)
  }

  @Test("jobs that a batch's turns need count as its work, whichever line they belong to")
  func neededWork() throws {
    try bench.add(scene(["one", "two", "three"]))
    try bench.add(
      scene(["one", "two", "three"]).suffix(1).map { $0 }, batch: "last turn only")
    func work() throws -> (out: Int, waiting: JobTable.WaitingJobs) {
      let standing = try bench.table.standing(batch: "last turn only", lately: now)
      return (standing.out, standing.waiting)
    }
    #expect(try work() == (0, .init(due: 1, forTurns: 2)))
    try bench.bring(1, to: .inQueue)
    #expect(try work() == (1, .init(forTurns: 2)))
    // The lines of the first two turns are gone, but their jobs are still waited for.
    try bench.add(scene(["else"]), isPruning: true)
    #expect(try work() == (1, .init(forTurns: 2)))
    let all = try bench.table.standing(batch: nil, lately: now)
    #expect(all.out == 1 && all.waiting == .init(due: 1, forTurns: 2))
    #expect(try bench.table.waitingJobs() == all.waiting)
  }

  @Test("a move that misses releases nobody")
  func missed() throws {
    try bench.add(scene(["one", "two"]))
    let job = try bench.bring(1, to: .completed)
    let move = try #require(Sample.moves(of: job, requestID: "request-1", at: now).first)
    try bench.execute("UPDATE job SET generation = 9 WHERE id = 1")
    #expect(try bench.commit([move]) == [1])
    #expect(try waits() == [2])
  }
}
