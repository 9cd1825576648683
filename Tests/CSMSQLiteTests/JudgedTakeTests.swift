import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Takes that are judged after they were stored")
struct JudgedTakeTests {
  private let bench: Bench

  init() throws { bench = try Bench(role: .daemon) }

  private func judge(_ job: Job.ID, _ verdict: Verdict) throws {
    _ = try bench.table.save(
      verdict, on: .of("audio \(job)".utf8), of: job, at: Bench.start)
  }

  @Test("of takes that the judge finds equally bad, the line shows the one with the best score")
  func scores() throws {
    try bench.add(1, rerolls: 2)
    for (job, score) in [(1, 0.6), (2, 0.1), (3, 0.05)] as [(Job.ID, Double)] {
      try bench.store(job, .fine)
      try judge(job, Verdict(.bad, score: score))
    }
    #expect(try bench.takes().count == 3)
    #expect(try bench.line().id == 1)
  }

  @Test(
    "a person's new take that the judge finds bad gives way to a good one, and no take is added",
    arguments: [0, 1])
  func judgedBad(rerolls: Int) throws {
    try bench.add(1, rerolls: rerolls)
    try bench.store(1, .fine)
    try judge(1, Verdict(.good, score: 0.9))
    try bench.reroll()
    try bench.store(2, .fine)
    #expect(try bench.line().id == 2)
    try judge(2, Verdict(.bad, score: 0.1))
    #expect(try bench.line().id == 1 && bench.line().isGood)
    #expect(try bench.takes().count == 2)
  }

  @Test("a verdict does not change the take that a person picked")
  func judgedAfterPick() throws {
    try bench.add(1, rerolls: 0)
    try bench.store(1, .fine)
    try bench.reroll()
    try bench.store(2, .fine)
    var all = Selection()
    all.batch = "night"
    #expect(try bench.table.pick(all, take: 2, at: Bench.start).unchanged == 1)
    try judge(2, Verdict(.bad))
    #expect(try bench.line().id == 2)
  }
}
