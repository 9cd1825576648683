import CSMCore
import Testing

@testable import CSMSQLite

@Suite("Second hearings")
struct SecondHearingTests {
  private let bench: Bench

  init() throws { bench = try Bench(role: .daemon) }

  /// Hears what is due, as csmd's rounds do.
  ///
  /// - Returns: whether a take was added; nil if nothing was due.
  private func hearAgain() throws -> Bool? {
    guard var hearing = try bench.table.secondHearing() else { return nil }
    var hasAdded = false
    while !hearing.isOver {
      if try bench.table.hear(&hearing, at: Bench.start) { hasAdded = true }
    }
    return hasAdded
  }

  private func isUnheard(_ batch: String? = "night") throws -> Bool {
    try bench.table.standing(batch: batch, lately: Bench.start).isUnheard
  }

  @Test("a line that only the lines after it show to be bad gets a take once the batch is over")
  func heardAgain() throws {
    try bench.add(30)
    try bench.store(1, .quick)
    for id in 2...29 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    #expect(try hearAgain() == nil, "one line is on its way")
    #expect(try !isUnheard())
    try bench.store(30, .fine)
    #expect(try bench.takes() == ["1 STORED"])
    #expect(try isUnheard() && isUnheard(nil))
    #expect(try bench.table.secondHearing(of: [30]) != nil)
    #expect(try bench.table.secondHearing(of: []) == nil)
    #expect(try hearAgain() == true)
    #expect(try bench.takes() == ["1 STORED", "2 QUEUED"])
    #expect(try !isUnheard())
    try bench.store(try bench.newest, .fine)
    #expect(try bench.line().id == 31)
    #expect(try hearAgain() == nil, "a tenth of the audio must be new")
  }

  @Test("a second hearing that was broken off begins again, and adds no take twice")
  func brokenOff() throws {
    // Texts of one length.
    let letters = "abcdefghijklmnop"
    let texts = letters.flatMap { one in letters.map { "\(Bench.text) \(one)\($0)" } }
    try bench.add(
      texts.enumerated().map { NewLine($1, number: $0 + 1, id: "l\($0 + 1)") }, rerolls: 1)
    try bench.store(1, .quick)
    for id in 2...256 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    var hearing = try #require(try bench.table.secondHearing())
    #expect(try bench.table.hear(&hearing, at: Bench.start))
    #expect(!hearing.isOver)
    #expect(try hearAgain() == nil, "the take is queued")
    try bench.store(try bench.newest, .quick)
    #expect(try hearAgain() == false)
    #expect(try hearAgain() == nil)
    #expect(try bench.takes() == ["1 STORED", "2 STORED"])
  }

  @Test("words that were spoken before the batch had them get no take that nobody asked for")
  func spokenBefore() throws {
    try bench.add(30, rerolls: 0)
    try bench.store(1, .quick)
    for id in 2...30 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    #expect(try hearAgain() == nil, "no takes are allowed")
    try bench.add(Bench.lines(30), batch: "other", rerolls: 1, at: Bench.start + .seconds(1))
    #expect(try isUnheard("other") && !isUnheard())
    #expect(try hearAgain() == false)
    #expect(try hearAgain() == nil)
    #expect(try bench.number("SELECT count(*) FROM job") == 30)
  }

  @Test("a batch whose lines may get more takes than before is heard once more")
  func moreTakes() throws {
    try bench.add(30)
    try bench.store(1, .silent)
    for id in 2...30 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    try bench.store(try bench.newest, .silent)
    #expect(try hearAgain() == false)
    try bench.add(30)
    #expect(try hearAgain() == nil, "as many as before")
    try bench.add(30, rerolls: 2)
    #expect(try hearAgain() == true)
    #expect(try bench.takes() == ["1 STORED", "2 STORED", "3 QUEUED"])
  }

  @Test("a batch whose rest waits for its budget is heard")
  func budget() throws {
    try bench.add(31)
    try bench.store(1, .quick)
    for id in 2...30 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    #expect(try !isUnheard())
    try bench.execute("UPDATE job SET waits_for = 'budget' WHERE id = 31")
    #expect(try isUnheard())
    #expect(try hearAgain() == true)
  }

  @Test("csmd is judging until its judge was asked about the last line")
  func judging() throws {
    try bench.add(2, rerolls: 0)
    try bench.store(1, .fine)
    #expect(try !isUnheard())
    let step = Int64(try bench.number("SELECT max(id) FROM transition"))
    try bench.table.noteJudging(upTo: step - 1)
    #expect(try isUnheard() && isUnheard(nil))
    try bench.table.noteJudging(upTo: step)
    #expect(try !isUnheard())
    try bench.store(2, .fine)
    #expect(try isUnheard())
    try bench.table.noteJudging(upTo: nil)
    #expect(try !isUnheard())
  }
}
