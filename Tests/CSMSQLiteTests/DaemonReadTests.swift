import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("What the daemon reads")
struct DaemonReadTests {
  let bench: Bench
  let now = Bench.start

  init() throws { bench = try Bench(role: .daemon) }

  @Test("due jobs come by priority, then in the order they were added")
  func order() throws {
    try bench.add(["a", "b"], batch: "1", priority: 0)
    try bench.add(["c", "d"], batch: "2", priority: 5)
    try bench.add(["e"], batch: "3", priority: -5)
    try bench.add(["f"], batch: "4", priority: 5)
    let due = try bench.table.dueJobs(limit: 9, at: now)
    let (jobs, nextDue) = (due.jobs, due.nextDue)
    #expect(jobs.map(\.request.text) == ["c", "d", "f", "a", "b", "e"])
    #expect(nextDue == nil)
    let two = try bench.table.dueJobs(limit: 2, at: now)
    let (first, next) = (two.jobs, two.nextDue)
    #expect(first.map(\.request.text) == ["c", "d"])
    #expect(next == now)
  }

  @Test("the words of waiting jobs are those that are queued and can be read")
  func scenes() throws {
    try bench.add(["a", "b", "c"])
    try bench.execute("UPDATE job SET input = '{' WHERE id = 2")
    try bench.bring(3, to: .stored)
    #expect(try bench.table.waitingScenes() == [[.init(text: "a", speakerID: 0)]])
  }

  @Test("a job is due from its time on, whatever its priority")
  func wake() throws {
    try bench.add(["a"], batch: "1", priority: 9, at: now + .seconds(2))
    try bench.add(["b"], batch: "2", at: now + .seconds(1))
    try bench.add(["c"], batch: "3", at: now)
    func texts(_ moment: Timestamp) throws -> [String] {
      try bench.table.dueJobs(limit: 9, at: moment).jobs.map(\.request.text)
    }
    #expect(try texts(now - .milliseconds(1)).isEmpty)
    #expect(try texts(now) == ["c"])
    #expect(try bench.table.dueJobs(limit: 9, at: now).nextDue == now + .seconds(1))
    #expect(try texts(now + .milliseconds(1999)) == ["b", "c"])
    #expect(try texts(now + .seconds(2)) == ["a", "b", "c"])
    #expect(try bench.table.dueJobs(limit: 9, at: now + .seconds(2)).nextDue == nil)
  }

  @Test("jobs that wait for turns or a budget are not due, and block nobody")
  func waiting() throws {
    try bench.add(["a", "b", "c"], batch: "1", priority: 5)
    try bench.add(["d"], batch: "2", at: now + .seconds(1))
    try bench.execute("UPDATE job SET waits_for = 'budget' WHERE id = 1")
    try bench.execute("UPDATE job SET waits_for = 'turns', template = input WHERE id = 2")
    let due = try bench.table.dueJobs(limit: 9, at: now)
    let (jobs, nextDue) = (due.jobs, due.nextDue)
    #expect(jobs.map(\.request.text) == ["c"])
    #expect(nextDue == now + .seconds(1))
    try bench.execute("UPDATE job SET waits_for = NULL")
    #expect(try bench.table.dueJobs(limit: 9, at: now).jobs.count == 3)
  }

  @Test("a claim misses if its job has to wait meanwhile")
  func claimOfWaiting() throws {
    try bench.add(["a"])
    let move = try #require(
      Sample.moves(of: try bench.job(1), requestID: "r", at: now).first)
    try bench.execute("UPDATE job SET waits_for = 'budget'")
    #expect(try bench.commit([move]) == [1])
    #expect(try bench.state(1) == "QUEUED")
    #expect(try bench.number("SELECT count(*) FROM submission") == 0)
  }

  @Test("active jobs are those that the daemon must continue")
  func active() throws {
    let names = JobState.Name.allCases
    try bench.add(names.map(\.rawValue))
    var jobs: [Job] = []
    for (index, name) in names.enumerated() {
      jobs.append(try bench.bring(Int64(index + 1), to: name))
    }
    let active = jobs.filter(\.state.name.isActive)
    #expect(active.count == 5)
    #expect(try bench.table.activeJobs() == active)
    #expect(try bench.table.activeJobs(among: [active[1].id, 1, 99]) == [active[1]])
    let counts = try bench.table.jobCounts()
    #expect(counts == Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
  }

  @Test("control names the closed gates, the active jobs to cancel, and the next due time")
  func control() throws {
    #expect(try bench.table.control(at: now).nextDue == nil)
    try bench.add(["a", "b", "c", "d"])
    try bench.bring(1, to: .inQueue)
    try bench.bring(2, to: .unknown)
    try bench.bring(3, to: .inProgress)
    _ = try bench.table.cancel(Selection(), at: now)
    try bench.add(["e"], batch: "later", at: now + .seconds(9))
    let three = try bench.job(3)
    #expect(three.cancelWanted)
    try bench.commit([three.cancelledAtFal(Sample.problem, at: Bench.start)])
    _ = try bench.table.pause(reason: "dinner", at: now)
    let control = try bench.table.control(at: now)
    #expect(control.cancelWanted == [1, 2])
    #expect(control.gates.map(\.name) == [.paused])
    #expect(control.nextDue == now + .seconds(9))
  }

  @Test("a job marked while the daemon requeued it is cancelled, not sent again")
  func markedWhilePutBack() throws {
    try bench.add(["a"])
    let job = try bench.bring(1, to: .submitting)
    _ = try bench.table.cancel(Selection(), at: now)
    try bench.commit([job.neverSent(at: now)])
    var dispatcher = Dispatcher(rules: Rules(price: Sample.price), limits: .init(), seed: 1)
    dispatcher.claim(
      try bench.table.dueJobs(limit: 8, at: now), spent: .zero, at: now)
    #expect(try bench.table.commit(dispatcher.changes(), at: now).missed == [])
    #expect(try bench.state(1) == "CANCELLED")
  }

  @Test("the job that has a request id owns it, but not a lost submit")
  func owned() throws {
    try bench.add(["a", "b", "c"])
    try bench.bring(1, to: .stored, requestID: "r1")
    let two = try bench.bring(2, to: .inQueue, requestID: "r2")
    try bench.commit([two.lost(Sample.ticket("r2"), Sample.problem, at: now)])
    try bench.bring(3, to: .unknown)
    #expect(try bench.table.ownedRequests(among: ["r1", "r2", "r3"]) == ["r1"])
    let lost = try bench.job(2)
    let absent = lost.absent(
      wasRead: true, rules: Rules(resubmitsUnknown: true, price: Sample.price), at: now)
    let claimed = absent.after.claimed(at: now, price: Sample.price)
    try bench.commit([absent, claimed, claimed.after.restarted(intent: now, at: now)])
    #expect(try bench.state(2) == "UNKNOWN")
    #expect(try bench.table.ownedRequests(among: ["r1", "r2"]) == ["r1", "r2"])
  }

  @Test("an id is known once any submit got it, whatever became of its job")
  func knownRequest() throws {
    try bench.add(["a", "b"])
    try bench.bring(1, to: .stored, requestID: "r1")
    let two = try bench.bring(2, to: .inQueue, requestID: "r2")
    try bench.commit([two.lost(Sample.ticket("r2"), Sample.problem, at: now)])
    #expect(try ["r1", "r2", "r3"].map(bench.table.hasRequest) == [true, true, false])
  }

  @Test("the data version changes only when somebody else commits")
  func dataVersion() throws {
    let other = try bench.another(.writer)
    let version = try bench.table.dataVersion()
    try bench.add(["a"])
    #expect(try bench.table.dataVersion() == version)
    _ = try other.pause(reason: "dinner", at: now)
    #expect(try bench.table.dataVersion() != version)
  }

  @Test("job names list the first line in each batch that shares the job")
  func names() throws {
    let bench = try Bench()
    try bench.add(["One.", "Two.", "One."], batch: "a")
    try bench.add(["Two."], batch: "b")
    let names = try bench.table.names(of: [1, 2, 99])
    #expect(names.mapValues(\.batches) == [1: ["a"], 2: ["a", "b"]])
    #expect(names.mapValues(\.lines) == [1: ["a:L1"], 2: ["a:L2", "b:L1"]])
    #expect(try bench.table.names(of: []).isEmpty)
  }
}
