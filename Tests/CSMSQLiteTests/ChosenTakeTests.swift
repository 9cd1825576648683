import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("What people choose among takes")
struct ChosenTakeTests {
  private let bench: Bench

  init() throws { bench = try Bench(role: .daemon) }

  @Test("a pinned line keeps its take, and an accepted line has no marks")
  func chosen() throws {
    try bench.add(2)
    try bench.store(1, .silent)
    try bench.store(2, .silent)
    for id in [3, 4] as [Job.ID] { try bench.bring(id, to: .completed) }
    var selection = Selection()
    selection.ids = ["l1"]
    #expect(try bench.table.accept(selection, at: Bench.start) == .init(selected: 1, accepted: 1))
    #expect(try bench.table.accept(selection, at: Bench.start) == .init(selected: 1, unchanged: 1))
    #expect(try bench.line("l1").isAccepted && bench.line("l1").marks.isEmpty)
    selection.ids = ["l2"]
    #expect(try bench.table.pick(selection, take: 1, at: Bench.start).unchanged == 1)
    for id in [3, 4] as [Job.ID] { try bench.store(id, .fine) }
    #expect(try bench.line("l1").id == 1 && bench.line("l2").id == 2)
    #expect(try bench.line("l2").isPinned && bench.line("l2").marks.count == 1)
    // Other words end both.
    try bench.add(
      [
        NewLine("other", number: 1, id: "l1"), NewLine("\(Bench.text) 2", number: 2, id: "l2"),
      ], rerolls: 1)
    #expect(try !bench.line("l1").isAccepted && !bench.line("l1").isPinned)
  }

  @Test("an added take that was not sent is dropped when a person accepts or picks another")
  func chosenBefore() throws {
    try bench.add(
      [
        NewLine("same words", number: 1, id: "l1"), NewLine("same words", number: 2, id: "l2"),
      ], rerolls: 1)
    try bench.store(1, .silent)
    var selection = Selection()
    selection.ids = ["l1"]
    #expect(try bench.table.accept(selection, at: Bench.start).accepted == 1)
    #expect(try bench.takes("l1") == ["1 STORED"])
    #expect(try bench.takes("l2") == ["1 STORED", "2 QUEUED"], "the other line wants it")
    selection.ids = ["l2"]
    #expect(try bench.table.pick(selection, take: 1, at: Bench.start).unchanged == 1)
    #expect(try bench.takes("l2") == ["1 STORED"])
    #expect(try bench.number("SELECT count(*) FROM job") == 1)
    #expect(try !bench.table.isMiscounted())
  }

  @Test(
    "after a person cancelled an added take, none follows; after one that there was no money for, some may",
    arguments: [true, false])
  func cancelled(byPerson: Bool) throws {
    try bench.add(1, rerolls: 2)
    try bench.store(1, .silent)
    if byPerson {
      var all = Selection()
      all.age = .withTakes
      #expect(try bench.table.cancel(all, at: Bench.start).moved == 1)
    } else {
      try bench.commit([try bench.job(2).unaffordable("spent")])
    }
    #expect(try bench.takes() == ["1 STORED", "2 CANCELLED"])
    let digest = Digest.of("audio 1".utf8)
    #expect(
      try bench.table.save(Verdict(.bad), on: digest, of: 1, at: Bench.start) != byPerson)
  }

  @Test(
    "lines are not counted as spoken again in vain if money was short, or a person chose or cancelled"
  )
  func outcomes() throws {
    try bench.add(4)
    for id in 1...4 as ClosedRange<Job.ID> { try bench.store(id, .silent) }
    try bench.commit([try bench.job(5).unaffordable("spent")])
    var selection = Selection()
    selection.jobs = [6]
    selection.age = .withTakes
    #expect(try bench.table.cancel(selection, at: Bench.start).moved == 1)
    try bench.bring(7, to: .completed)
    selection = Selection()
    selection.ids = ["l3"]
    #expect(try bench.table.accept(selection, at: Bench.start).accepted == 1)
    try bench.store(7, .fine)
    try bench.store(8, .silent)
    let heard = try bench.table.heard(batch: "night")
    #expect(heard.rerolled == 2 && heard.chosen == 1 && heard.unpaid == 1)
    #expect(heard.rescued == 0 && heard.pending == 0)
  }

  @Test("a person's new take is shown unless it has worse marks than the present one")
  func person() throws {
    try bench.add(2, rerolls: 0)
    try bench.store(1, .fine)
    try bench.store(2, .silent)
    try bench.reroll()
    try bench.store(3, .silent)
    try bench.store(4, .silent)
    #expect(try bench.line("l1").id == 1)
    #expect(try bench.line("l2").id == 4)
  }

  @Test("a person's older take that comes later is shown if it has fewer marks")
  func lateButBetter() throws {
    try bench.add(1, rerolls: 1)
    try bench.bring(1, to: .failed)
    try bench.reroll(takes: 2)
    try bench.store(3, .silent)
    #expect(try bench.line().id == 3)
    try bench.store(2, .fine)
    #expect(try bench.line().id == 2)
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 0)
  }

  @Test("of two takes that an older version gave the same number, the picked line loses none")
  func sameNumbers() throws {
    try bench.add(1, rerolls: 0)
    try bench.store(1, .fine)
    try bench.reroll(takes: 2)
    for job in [2, 3] as [Job.ID] { try bench.store(job, .fine) }
    try bench.execute("UPDATE job SET take = 2 WHERE id = 3")
    var all = Selection()
    all.batch = "night"
    #expect(try bench.table.pick(all, take: 1, at: Bench.start) == .init(selected: 1, picked: 1))
    #expect(try bench.table.pick(all, take: 2, at: Bench.start) == .init(selected: 1, picked: 1))
    #expect(try bench.number("SELECT count(DISTINCT job_id) FROM batch_item") == 3)
  }

  @Test("an edit to a line's own words keeps its better take, which may spell them differently")
  func ownWords() throws {
    try bench.add(1)
    try bench.store(1, .silent)
    try bench.store(2, .fine)
    let name = JobTable.LineName(batch: "night", line: "l1")
    #expect(try bench.edit("l1", "\(Bench.text) 1") == .unchanged(line: name))
    #expect(try bench.edit("l1", "\(Bench.text) 1.") == .unchanged(line: name))
    #expect(try bench.line().id == 2)
    let edit = try bench.edit("l1", "\(Bench.text) one")
    #expect(edit == .edited(line: name, known: nil, characters: Bench.text.count + 4))
  }
}
