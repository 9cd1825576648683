import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("Adding an edited file again")
struct ReAddTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  /// Lines with these texts and the ids `a`, `b`, `c`, …, numbered from 1.
  private func lines(_ texts: [String: String]) -> [NewLine] {
    texts.sorted { $0.key < $1.key }.enumerated().map {
      NewLine($0.element.value, number: $0.offset + 1, id: $0.element.key)
    }
  }

  private func former() throws -> [LineRow] { try bench.lines { $0.age = .former } }

  @Test("counts unchanged, changed, new and missing lines, and costs only the edits")
  func story() throws {
    try bench.add(lines(["a": "one", "b": "two", "c": "three", "d": "four"]))
    for id in 1...4 { try bench.bring(Int64(id), to: .stored) }
    let edited = lines(["a": "one", "b": "zwei", "d": "four", "e": "five"])
    let dry = try bench.add(edited, isDryRun: true)
    let summary = try bench.add(edited)
    #expect(dry == summary)
    #expect(summary.unchanged == 2 && summary.changed == 1 && summary.added == 1)
    #expect(summary.gone == 1 && summary.pruned == 0)
    #expect(summary.queued == 2 && summary.characters == 8)
    #expect(summary.cost == Money(microDollars: 240))
    #expect(summary.stored == 2 && summary.saved == Money(microDollars: 210))
    #expect(summary.longest.map(\.id) == ["b", "e"])
    #expect(try bench.lines().map(\.line) == ["a", "b", "c", "d", "e"])
    // What was sent for the old words stays listed.
    let old = try #require(try former().first)
    #expect(old.line == "b" && old.text == "two" && old.former == .edited && old.state == .stored)
  }

  @Test("is not stopped by a changed line whose old words another program damaged")
  func damaged() throws {
    let clip = SpeechRequest.Clip(prompt: "p", audioURL: "https://a.b/c.wav", speakerID: 0)
    let voiced = SpeechRequest(scene: [.init(text: "three", speakerID: 0)], context: [clip])
    let third = NewLine(
      request: voiced, key: .of(voiced), id: "c", text: nil, meta: nil, number: 3, suffix: "",
      take: 1)
    try bench.add(lines(["a": "one", "b": "two"]) + [third])
    try bench.execute("UPDATE job SET input = '{' WHERE id = 1")
    let edited = try bench.add(lines(["a": "eins", "b": "zwei"]) + [third])
    #expect(edited.changed == 2 && edited.queued == 2 && !edited.isRefused)
    // Lines that lose their voice are still counted.
    try bench.execute("UPDATE job SET input = '{' WHERE input LIKE '%zwei%'")
    let voiceless = try bench.add(lines(["a": "eins", "b": "deux", "c": "three"]))
    #expect(voiceless.voiceless == 1 && voiceless.isRefused)
  }

  @Test("prunes missing lines: unsent ones leave nothing, the others stay listed")
  func prune() throws {
    try bench.add(lines(["a": "one", "b": "two", "c": "three"]))
    try bench.bring(2, to: .stored)
    let summary = try bench.add(lines(["a": "one"]), isPruning: true)
    #expect(summary.gone == 2 && summary.pruned == 2)
    #expect(try bench.lines().map(\.line) == ["a"])
    #expect(try former().map(\.line) == ["b"])
    #expect(try former().first?.former == .gone)
    #expect(try bench.number("SELECT count(*) FROM job") == 2)
    // It comes back unchanged, and is not paid for again.
    let again = try bench.add(lines(["a": "one", "b": "two"]))
    #expect(again.queued == 0 && again.added == 1 && again.stored == 1)
    #expect(try former().isEmpty)
    #expect(try bench.lines().map(\.id) == [1, 2])
  }

  @Test("prunes nothing from another file, for a stream, or if lines were rejected")
  func noPrune() throws {
    let old = lines(["a": "one", "b": "two"])
    try bench.add(old, file: "a.csv")
    let other = try bench.add(lines(["x": "ten"]), file: "b.csv", isPruning: true)
    #expect(other.gone == 0)
    let partial = try bench.add(
      lines(["a": "one"]), file: "a.csv", isPruning: true, reading: .partial(ids: []))
    #expect(partial.gone == nil && partial.pruned == 0)
    let conflict = try bench.add(
      [NewLine("one", number: 1, id: "a"), NewLine("uno", number: 2, id: "a")], file: "a.csv",
      isPruning: true)
    #expect(conflict.gone == nil)
    let stream = try bench.add(lines(["y": "why"]), file: Addition.stream, isPruning: true)
    #expect(stream.gone == nil)
    let empty = try bench.add([NewLine](), file: "a.csv", isPruning: true)
    #expect(empty.gone == nil)
    #expect(try bench.lines().map(\.line) == ["a", "b", "x", "y"])
  }

  @Test("keeps the unsent job of a pruned line if another line wants it")
  func pruneShared() throws {
    try bench.add(lines(["a": "one", "b": "two"]))
    try bench.add(lines(["z": "two"]), batch: "day")
    try bench.add(lines(["a": "one"]), isPruning: true)
    #expect(try bench.state(2) == "QUEUED")
    #expect(try former().isEmpty)
  }

  @Test("updates the positions of unchanged lines of the same file")
  func place() throws {
    try bench.add(lines(["b": "two", "c": "three"]))
    try bench.add(lines(["c": "three"]), file: "other.txt")
    try bench.add(lines(["a": "one", "b": "two", "c": "three"]))
    let places = try bench.lines().map { "\($0.line) \($0.sourceFile) \($0.sourceLine)" }
    #expect(places == ["b night.txt 2", "c night.txt 3", "a night.txt 1"])
  }

  @Test("counts the takes that earlier lines may get if more are allowed, or a stop is lifted")
  func raisedRerolls() throws {
    func add(_ texts: [String: String], rerolls: Int) throws -> AdditionSummary {
      var addition = Addition(
        batch: "night", endpoint: Bench.endpoint, priority: 0, sourceFile: "night.txt",
        isDryRun: false, isStrict: false, price: Sample.price)
      addition.rerolls = rerolls
      return try bench.table.add(addition, at: Bench.start) { stage in
        for line in lines(texts) { try stage(line) }
        return .whole
      }
    }
    let first = try add(["a": "one", "b": "two", "c": "three"], rerolls: 1)
    #expect(first.earlier == 0 && first.rerollsMax == Money(microDollars: 14 * 30))
    try bench.bring(1, to: .stored)
    let edited = ["a": "one", "b": "two", "c": "drei", "d": "four"]
    let raised = try add(edited, rerolls: 3)
    #expect(raised.cost == Money(microDollars: 240))
    #expect(raised.earlier == 2 && raised.earlierCost == Money(microDollars: 240))
    #expect(raised.rerollsMax == Money(microDollars: 3 * 300 + 2 * 240))
    let same = try add(edited, rerolls: 3)
    #expect(same.earlier == 0 && same.rerollsMax == .zero)
    try bench.execute("UPDATE batch SET rerolls_stopped = 'silent'")
    let lifted = try add(edited, rerolls: 3)
    #expect(lifted.earlier == 4 && lifted.moreRerolls == 3)
  }

  @Test("counts takes with a full stop and numbers in words, as the last one may be spoken")
  func easedRerolls() throws {
    let text = "Rooms 777 and 2"
    let price = Sample.price.of(characters: "Rooms seven hundred seventy-seven and two.".count)
    let first = try bench.add(lines(["a": text]), rerolls: 1)
    #expect(first.cost == Money(microDollars: 30 * 15) && first.rerollsMax == price)
    try bench.add(lines(["b": text]), batch: "day", rerolls: 0)
    #expect(try bench.add([NewLine](), batch: "day", rerolls: 1).rerollsMax == price)
  }

  @Test("counts the takes that lines may get whose words are queued in another batch")
  func joinedRerolls() throws {
    try bench.add(lines(["a": "one", "b": "two", "c": "three"]), rerolls: 0)
    try bench.bring(1, to: .stored)
    let joining = lines(["a": "one", "b": "two", "c": "three", "d": "four"])
    let none = try bench.add(joining, batch: "day", isDryRun: true, rerolls: 0)
    #expect(none.rerollsMax == .zero && !none.mayGetTakes)
    let summary = try bench.add(Array(joining.dropLast()), batch: "day", rerolls: 3)
    #expect(summary.queued == 0 && summary.joined == 2 && summary.mayGetTakes)
    #expect(summary.rerollsMax == Money(microDollars: 3 * 300))
    let more = try bench.add(joining, batch: "day")
    #expect(more.joined == 0 && more.rerollsMax == Money(microDollars: 3 * 150))
  }

  @Test("raises the priority of a queued job, and lowers none")
  func priority() throws {
    try bench.add(lines(["a": "one", "b": "two"]), priority: 3)
    try bench.bring(1, to: .stored)
    #expect(try bench.add(lines(["a": "one", "b": "two"]), priority: 7).raised == 1)
    #expect(try bench.add(lines(["a": "one", "b": "two"])).raised == 0)
    #expect(try bench.lines().map(\.priority) == [3, 7])
    try bench.add(lines(["z": "two"]), batch: "urgent", priority: 9)
    #expect(try bench.lines { $0.ids = ["night:b"] }.map(\.priority) == [9])
  }

  @Test("reports words cancelled before, since nothing retries them by itself")
  func cancelled() throws {
    try bench.add(["one", "two"])
    _ = try bench.table.cancel(Selection(), at: Bench.start)
    try bench.add(["bad"], batch: "day")
    try bench.bring(3, to: .failed)
    #expect(try bench.add(["bad"], batch: "day").failed == 1)
    let again = try bench.add(["one", "two", "three"])
    #expect(again.cancelled == 2 && again.queued == 1)
  }

  // MARK: Takes

  @Test("a new take does not replace the old one until it is stored")
  func reroll() throws {
    try bench.add(lines(["a": "one", "b": "two"]))
    try bench.bring(1, to: .stored)
    let rerolling = try bench.reroll { $0.batch = "night" }
    #expect(
      rerolling
        == .init(
          selected: 2, open: 1, lines: 1, queued: 1, characters: 3, cost: Money(microDollars: 90)))
    let line = try #require(try bench.lines { $0.ids = ["a"] }.first)
    #expect(line.id == 1 && line.take == 1 && line.takes == 2 && line.state == .stored)
    #expect(line.text == "one")
    #expect(try bench.table.takes(of: line).map(\.id) == [1, 3])
    #expect(try former().map { $0.former?.rawValue } == ["candidate"])
    #expect(try bench.lines { $0.jobs = [1] }.map(\.line) == ["a"])
  }

  @Test("several new takes are all spoken, and the line shows the last")
  func takes() throws {
    try bench.add(lines(["a": "one"]))
    try bench.bring(1, to: .failed)
    let rerolling = try bench.reroll(takes: 3) { $0.ids = ["a"] }
    #expect(rerolling.queued == 3 && rerolling.cost == Money(microDollars: 270))
    let line = try #require(try bench.lines().first)
    #expect(line.take == 4 && line.takes == 4)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.take) == [2, 3, 4])
    #expect(try bench.table.standing(batch: "night", lately: Bench.start).formerOpen == 2)
    // Cancelling the line cancels all of them.
    var selection = Selection()
    selection.ids = ["a"]
    selection.age = .withTakes
    #expect(try bench.table.cancel(selection, at: Bench.start).moved == 3)
  }

  @Test("adding the file again keeps a new take")
  func takeStays() throws {
    try bench.add(lines(["a": "one"]))
    try bench.bring(1, to: .stored)
    try bench.reroll { $0.ids = ["a"] }
    let again = try bench.add(lines(["a": "one"]))
    #expect(again.unchanged == 1 && again.queued == 0)
    #expect(try bench.lines().map(\.take) == [1])
    #expect(try bench.lines().map(\.takes) == [2])
    // Other words drop all takes; the unsent one is deleted.
    try bench.add(lines(["a": "eins"]))
    #expect(try bench.lines().map(\.takes) == [1])
    #expect(try former().map(\.id) == [1])
    #expect(try former().map(\.former) == [.edited])
    #expect(try bench.number("SELECT count(*) FROM job WHERE take = 2") == 0)
  }

  @Test("lines with the same words share one new take; the others stay")
  func sharedTake() throws {
    try bench.add(lines(["a": "one", "b": "one", "c": "one"]))
    try bench.bring(1, to: .stored)
    let rerolling = try bench.reroll { $0.ids = ["a", "b"] }
    #expect(rerolling.lines == 2 && rerolling.queued == 1)
    try bench.bring(Job.ID(try bench.number("SELECT max(id) FROM job")), to: .stored)
    #expect(try bench.lines().map(\.take) == [2, 2, 1])
    // The existing take was not offered to this line, so a new one is made.
    try bench.reroll { $0.ids = ["c"] }
    try bench.bring(Job.ID(try bench.number("SELECT max(id) FROM job")), to: .stored)
    #expect(try bench.lines().map(\.take) == [2, 2, 3])
  }

  // MARK: Edited by hand

  @Test("an edit sends one line again, and keeps what was sent before")
  func edited() throws {
    try bench.add(lines(["a": "one", "b": "two"]), priority: 4)
    try bench.bring(1, to: .stored)
    let name = JobTable.LineName(batch: "night", line: "a")
    #expect(try bench.edit("a", "eins") == .edited(line: name, known: nil, characters: 4))
    #expect(try bench.edit("a", "eins") == .unchanged(line: name))
    #expect(try bench.lines().map(\.text) == ["eins", "two"])
    #expect(try bench.lines().map(\.priority) == [4, 4])
    #expect(try former().map(\.id) == [1])
    // Back to the spoken words: nothing to pay, and the unsent job is deleted.
    #expect(try bench.edit("a", "one") == .edited(line: name, known: .stored, characters: 3))
    #expect(try former().isEmpty)
    #expect(try bench.number("SELECT count(*) FROM job") == 2)
    try bench.bring(2, to: .held)
    #expect(try bench.edit("a", "two") == .edited(line: name, known: .held, characters: 3))
  }

  @Test("an edit drops words that fal refused for now: nothing of them was paid for")
  func editedAfterRefusal() throws {
    try bench.add(lines(["a": "one"]))
    try bench.bring(1, to: .submitting)
    try bench.step(1, to: .queued)
    try bench.edit("a", "eins")
    let later = Bench.start + .seconds(3600)
    #expect(try bench.table.dueJobs(limit: 9, at: later).jobs.map(\.id) == [2])
    #expect(try former().isEmpty)
    // The old words can come back.
    #expect(try bench.add(lines(["a": "one"])).queued == 0)
    try bench.edit("a", "one")
    let due = try bench.table.dueJobs(limit: 9, at: later).jobs
    #expect(due.map(\.request.scene[0].text) == ["one"])
  }

  @Test("an edit stays when the file is added again, until the file changes the line")
  func editStays() throws {
    try bench.add(lines(["a": "one"]))
    try bench.edit("a", "eins")
    let same = try bench.add([NewLine("one", number: 1, id: "a", meta: #"{"m":1}"#)])
    #expect(same.unchanged == 1 && same.edited == 1 && same.queued == 0)
    #expect(try bench.lines().map(\.text) == ["eins"])
    #expect(try bench.lines().map(\.meta) == [#"{"m":1}"#])
    let other = try bench.add(lines(["a": "uno"]))
    #expect(other.changed == 1 && other.queued == 1)
    #expect(try bench.lines().map(\.text) == ["uno"])
    #expect(try bench.add(lines(["a": "uno"])).edited == 0)
  }

  @Test("an edit changes one line, and no turn that waits or is waited for")
  func notOne() throws {
    try bench.add(lines(["a": "one", "b": "two"]))
    try bench.add(lines(["a": "three"]), batch: "day")
    #expect(try bench.edit("a", "x") == .notOne(2))
    #expect(try bench.edit("z", "x") == .notOne(0))
    try bench.execute(
      """
      UPDATE job SET waits_for = 'turns', template = '{}' WHERE id = 2;
      INSERT INTO job_need (job_id, ordinal, needs_id) VALUES (2, 0, 1);
      """)
    #expect(try bench.edit("b", "x") == .chained(line: .init(batch: "night", line: "b")))
    #expect(try bench.edit("night:a", "x") == .chained(line: .init(batch: "night", line: "a")))
  }

  @Test("a chain without lines leaves nothing behind")
  func chain() throws {
    try bench.add(lines(["a": "one", "b": "two", "c": "three", "d": "four"]))
    try bench.execute(
      """
      UPDATE job SET waits_for = 'turns', template = '{}' WHERE id IN (2, 3);
      INSERT INTO job_need (job_id, ordinal, needs_id) VALUES (2, 0, 1), (3, 0, 1), (3, 1, 2);
      """)
    try bench.add(lines(["d": "four"]), isPruning: true)
    #expect(try bench.column("SELECT id FROM job") == [4])
    #expect(try bench.number("SELECT count(*) FROM job_need") == 0)
  }

  @Test("a turn that another line needs stays, and what that needs")
  func neededChain() throws {
    try bench.add(lines(["a": "one", "b": "two", "c": "three", "d": "four"]))
    try bench.execute(
      """
      UPDATE job SET waits_for = 'turns', template = '{}' WHERE id IN (2, 3);
      INSERT INTO job_need (job_id, ordinal, needs_id) VALUES (2, 0, 1), (3, 0, 2);
      """)
    try bench.add(lines(["c": "three"]), isPruning: true)
    #expect(try bench.column("SELECT id FROM job") == [1, 2, 3])
  }
}
