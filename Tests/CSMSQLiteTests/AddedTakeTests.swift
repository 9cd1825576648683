import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Takes that csmd adds")
struct AddedTakeTests {
  private let bench: Bench

  init() throws { bench = try Bench(role: .daemon) }

  // MARK: When takes are added

  @Test("bad audio gets another take in the transaction that stores it")
  func bad() throws {
    try bench.add(2)
    #expect(try !bench.store(1, .fine).hasReleased)
    #expect(try bench.takes() == ["1 STORED"])
    #expect(try bench.store(2, .silent).hasReleased)
    #expect(try bench.takes("l2") == ["1 STORED", "2 QUEUED"])
    let added = try #require(try bench.lines { $0.age = .former }.first)
    #expect(added.former == .candidate && added.isReroll && added.sent == "\(Bench.text) 2.")
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.isReroll) == [true])
  }

  @Test("a good take is shown, a take that is no better is not, and no further take follows")
  func outcome() throws {
    try bench.add(2)
    try bench.store(1, .silent)
    try bench.store(2, .silent)
    let (first, second) = (try bench.newest - 1, try bench.newest)
    try bench.store(first, .fine)
    #expect(try bench.line("l1").id == first && bench.line("l1").marks.isEmpty)
    #expect(try bench.line("l1").text == "\(Bench.text) 1", "the author's words")
    try bench.store(second, .silent)
    #expect(try bench.line("l2").id == 2)
    #expect(try bench.number("SELECT count(*) FROM job") == 4)
    #expect(try bench.number("SELECT count(*) FROM batch_item WHERE is_next") == 0)
    let heard = try bench.table.heard(batch: "night")
    #expect(heard.rerolled == 2 && heard.rescued == 1 && heard.pending == 0)
    #expect(heard.bad == 1 && heard.checks == [.silent: 1])
  }

  @Test(
    "adds as many as the batch allows; the last has a changed request", arguments: [0, 1, 2, 3])
  func limit(_ max: Int) throws {
    try bench.add(1, rerolls: max)
    try bench.store(1, .silent)
    for _ in 0..<max { try bench.store(try bench.newest, .silent) }
    #expect(try bench.table.takes(of: bench.line()).count == 1 + max)
    let sent: [String] = try bench.table.takes(of: bench.line()).map(\.sent)
    #expect(sent.filter { $0.hasSuffix(".") }.count == min(max, 1))
    #expect(max == 0 || sent.last == "\(Bench.text) 1.")
  }

  @Test("the author's words stay when the file is added again, here and to another batch")
  func words() throws {
    try bench.add(1)
    try bench.store(1, .silent)
    try bench.store(2, .fine)
    #expect(try bench.line().sent == "\(Bench.text) 1.")
    for batch in ["night", "night", "day"] {
      try bench.add(Bench.lines(1), batch: batch)
      #expect(try bench.line(in: batch).id == 2)
      #expect(try bench.line(in: batch).text == "\(Bench.text) 1")
    }
  }

  @Test("a queued take is dropped if the batch allows fewer; one on its way is not")
  func fewer() throws {
    try bench.add(3, rerolls: 2)
    for id in 1...3 as ClosedRange<Job.ID> { try bench.store(id, .silent) }
    try bench.store(4, .fine)
    try bench.bring(5, to: .submitting)
    #expect(try bench.add(Bench.lines(3), rerolls: 1).dropped == 0)
    #expect(try bench.add(Bench.lines(3), rerolls: 0).dropped == 1)
    #expect(try bench.takes("l1") == ["1 STORED", "2 STORED"])
    #expect(try bench.takes("l2") == ["1 STORED", "2 SUBMITTING"])
    #expect(try bench.takes("l3") == ["1 STORED"])
    #expect(try bench.number("SELECT count(*) FROM job") == 5)
  }

  @Test("identical bytes mean that fal caches: the request changes at once")
  func cache() throws {
    try bench.add(1, rerolls: 3)
    try bench.store(1, .silent, bytes: "the same")
    #expect(try bench.job(bench.newest).request.text == "\(Bench.text) 1")
    try bench.store(try bench.newest, .silent, bytes: "the same")
    #expect(try bench.job(bench.newest).request.text == "\(Bench.text) 1.")
  }

  @Test("an overwritten request does not keep audio from being stored")
  func unreadable() throws {
    try bench.add(1)
    let job = try bench.bring(1, to: .completed)
    try bench.execute("UPDATE job SET input = 'no JSON' WHERE id = 1")
    let audio = StoredAudio(
      digest: .of("audio".utf8), bytes: 100, mediaType: "audio/wav", durationMilliseconds: 3000,
      measure: AudioMeasure(
        level: 0, speechLevel: -95, floorLevel: -95, timbreRange: 0, soundMilliseconds: 0,
        spanMilliseconds: 0, fingerprint: 1))
    #expect(try bench.commit([job.stored(audio)]).isEmpty)
    #expect(try bench.number("SELECT count(*) FROM job") == 1)
  }

  @Test("lines that share a job share its new take")
  func shared() throws {
    try bench.add(
      [
        NewLine("same words", number: 1, id: "l1"), NewLine("same words", number: 2, id: "l2"),
      ], rerolls: 1)
    try bench.add([NewLine("same words", number: 1, id: "l3")], batch: "other", rerolls: 0)
    try bench.store(1, .silent)
    #expect(try bench.number("SELECT count(*) FROM job") == 2)
    let added = try bench.newest
    try bench.store(added, .fine)
    #expect(
      try bench.line("l1").id == added && bench.line("l2").id == added && bench.line("l3").id == 1)
  }

  @Test("new takes of a shared job have numbers that none of its lines has yet")
  func sharedNumbers() throws {
    let words = [NewLine(Bench.text, number: 1, id: "l1")]
    try bench.add(words, batch: "a", rerolls: 0)
    try bench.add(words, batch: "b", rerolls: 1)
    try bench.store(1, .silent)
    try bench.store(bench.newest, .silent)
    #expect(try bench.reroll().queued == 1)
    try bench.store(bench.newest, .silent)
    func numbers(_ batch: String) throws -> [Int] {
      try bench.table.takes(of: bench.line(in: batch)).map(\.take).sorted()
    }
    #expect(try numbers("a") == [1, 3])
    #expect(try numbers("b") == [1, 2, 3])
  }

  @Test(
    "audio that was there when a line joined, or got its words, gets no take for that line",
    arguments: [true, false])
  func finishedBefore(isChanged: Bool) throws {
    func words(_ text: String) -> NewLine { NewLine(text, number: 1, id: "l1") }
    try bench.add([words("same words")], rerolls: 0)
    if isChanged { try bench.add([words("other words")], batch: "late", rerolls: 1) }
    try bench.store(1, .fine)
    let later = Bench.start + .seconds(60)
    try bench.add([words("same words")], batch: "late", rerolls: 1, at: later)
    let digest = Digest.of("audio 1".utf8)
    #expect(try !bench.table.save(Verdict(.bad), on: digest, of: 1, at: later))
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 0)
  }

  @Test("audio that comes after a line joined does get a take for that line")
  func finishedAfter() throws {
    try bench.add([NewLine("same words", number: 1, id: "l1")], rerolls: 0)
    try bench.add([NewLine("same words", number: 1, id: "l1")], batch: "late", rerolls: 1)
    try bench.store(1, .silent)
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 1)
  }

  @Test(
    "adds none when many of the first lines have the same check")
  func common() throws {
    try bench.add(60)
    for id in 1...9 as ClosedRange<Job.ID> { try bench.store(id, .hum) }
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 5)
    #expect(try bench.table.heard(batch: "night").stopped == .noSpeech)
    // Adding the file again lifts the stop.
    try bench.add(60)
    #expect(try bench.table.heard(batch: "night").stopped == nil)
  }

  // MARK: Order

  @Test("an added take is queued behind everything that people added, whatever its priority")
  func priority() throws {
    try bench.add([NewLine("\(Bench.text) 1", number: 1, id: "l1")], priority: 1000, rerolls: 1)
    try bench.add(
      [NewLine("\(Bench.text) 2", number: 1, id: "l2")], batch: "low", priority: -1000, rerolls: 1)
    try bench.store(1, .silent)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [2, 3])
  }

  private func scene() throws {
    let clip = SpeechRequest.Clip(
      prompt: "\(Bench.text) 1",
      audioURL: ClipSource.job(key: NewLine("\(Bench.text) 1", number: 1).key).audioURL,
      speakerID: 0
    )
    let second = SpeechRequest(
      scene: [.init(text: "\(Bench.text) 2", speakerID: 0)], context: [clip])
    try bench.add(
      [
        NewLine("\(Bench.text) 1", number: 1, id: "l1"),
        NewLine(
          request: second, key: .of(second), id: "l2", text: nil, meta: nil, number: 2),
        NewLine("\(Bench.text) 3", number: 3, id: "l3"),
      ], rerolls: 1)
  }

  private func heardBySecond() throws -> Set<Digest> { try bench.job(2).request.files }

  @Test("turns wait for an added take, and hear the better one")
  func turns() throws {
    try scene()
    try bench.store(1, .silent)
    // A take that others wait for keeps its priority.
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [3, 4])
    #expect(try bench.line("l2").waitsFor == .turns(["l1"]))
    try bench.store(4, .fine)
    #expect(try bench.line("l2").waitsFor == nil)
    #expect(try heardBySecond() == [.of("audio 4".utf8)])
  }

  @Test("turns do not wait for ever, nor for a person")
  func patience() throws {
    try scene()
    try bench.store(1, .silent)
    let late = Bench.start + RerollRule.turnsWait
    #expect(try !bench.table.releaseImpatient(at: late - .milliseconds(1)))
    #expect(try bench.table.releaseImpatient(at: late))
    #expect(try bench.line("l2").waitsFor == nil)
    #expect(try heardBySecond() == [.of("audio 1".utf8)])
    #expect(try !bench.table.releaseImpatient(at: late))
    // The take still counts for its own line.
    try bench.store(4, .fine)
    #expect(try bench.line("l1").id == 4)
  }

  @Test(
    "turns do not wait for a take that its line cannot show, sent or not", arguments: [true, false])
  func chosenEarlier(isSent: Bool) throws {
    try scene()
    try bench.store(1, .silent)
    if isSent { try bench.bring(4, to: .inQueue) }
    var selection = Selection()
    selection.ids = ["l1"]
    #expect(try bench.table.accept(selection, at: Bench.start).accepted == 1)
    #expect(try bench.line("l2").waitsFor == nil)
    #expect(try heardBySecond() == [.of("audio 1".utf8)])
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == (isSent ? 1 : 0))
  }

  @Test("turns do not wait for a held take")
  func held() throws {
    try scene()
    try bench.store(1, .silent)
    try bench.bring(4, to: .held)
    #expect(try bench.table.releaseImpatient(at: Bench.start))
    #expect(try heardBySecond() == [.of("audio 1".utf8)])
  }

  @Test("a rerolled turn hears the present takes of the turns before it")
  func again() throws {
    try scene()
    try bench.store(1, .fine)
    try bench.store(2, .fine)
    try bench.reroll { $0.ids = ["l1"] }
    try bench.store(4, .fine)
    try bench.reroll { $0.ids = ["l2"] }
    #expect(try bench.job(5).request.files == [.of("audio 4".utf8)])
    #expect(try bench.row(5)["waits_for"] as String? == nil)
  }

  @Test("rerolls a turn and all that heard it, each after the one before")
  func onward() throws {
    try scene()
    for id in 1...3 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    var selection = Selection()
    selection.ids = ["l1"]
    let rerolling = try bench.table.reroll(
      selection, takes: 1, isOnward: true, price: Sample.price, at: Bench.start)
    #expect(rerolling.lines == 2 && rerolling.queued == 2)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [4])
    try bench.store(4, .fine)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [5])
    #expect(try bench.job(5).request.files == [.of("audio 4".utf8)])
    #expect(try bench.line("l2").marks.isEmpty)
  }

  @Test("a later turn is not spoken again where the turn that it heard gets no new take")
  func onwardFromOpen() throws {
    try scene()
    for id in 1...3 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    try bench.reroll { $0.ids = ["l1"] }
    var selection = Selection()
    selection.ids = ["l1"]
    let rerolling = try bench.table.reroll(
      selection, takes: 1, isOnward: true, price: Sample.price, at: Bench.start)
    #expect(rerolling == .init(selected: 2, open: 1, unheard: 1))
  }

  @Test("marks a turn that heard words which have changed")
  func stale() throws {
    try scene()
    for id in 1...3 as ClosedRange<Job.ID> { try bench.store(id, .fine) }
    let edit = try bench.edit("l1", "\(Bench.text) after")
    guard case .edited = edit else { return #expect(Bool(false), "\(edit)") }
    #expect(try bench.line("l2").marks.map(\.check) == [.stale])
    #expect(try bench.line("l3").marks.isEmpty)
    // A new take waits for the new words, hears them, and is no longer marked.
    try bench.reroll { $0.ids = ["l2"] }
    #expect(try bench.line("l1").id == 4)
    #expect(try bench.row(5)["waits_for"] as String? == "turns")
    try bench.store(4, .fine)
    #expect(try bench.job(5).request.context.map(\.prompt) == ["\(Bench.text) after"])
    #expect(try bench.job(5).request.files == [.of("audio 4".utf8)])
    try bench.store(5, .fine)
    #expect(try bench.line("l2").id == 5 && bench.line("l2").marks.isEmpty)
  }
}
