import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("Takes that csmd adds")
struct AddedTakeTests {
  private let bench: Bench
  private static let text = "The lamp by the window burned until the morning"

  init() throws { bench = try Bench(role: .daemon) }

  // MARK: Helpers

  private func add(
    _ lines: [NewLine], batch: String = "night", rerolls: Int = 1, priority: Int = 0,
    at now: Timestamp = Bench.start
  ) throws {
    var addition = Addition(
      batch: batch, endpoint: Bench.endpoint, priority: priority, sourceFile: "\(batch).txt",
      isDryRun: false, isStrict: false, price: Sample.price)
    addition.rerolls = rerolls
    _ = try bench.table.add(addition, at: now) { stage in
      for line in lines { try stage(line) }
      return .whole
    }
  }

  private static func lines(_ count: Int) -> [NewLine] {
    (1...count).map { NewLine("\(text) \($0)", number: $0, id: "l\($0)") }
  }

  private func add(_ count: Int, rerolls: Int = 1) throws {
    try add(Self.lines(count), rerolls: rerolls)
  }

  /// The sound of a recording.
  private enum Sound { case fine, silent, hum, long, quick }

  /// Stores audio with its own samples for a job.
  @discardableResult
  private func store(_ id: Job.ID, _ sound: Sound, bytes: String? = nil) throws -> JobTable.Saved {
    let job = try bench.bring(id, to: .completed)
    let length = sound == .long ? 20_000 : sound == .quick ? 1650 : 3000
    let measure = AudioMeasure(
      level: 0.1, speechLevel: sound == .silent ? -95 : -15, floorLevel: sound == .hum ? -16 : -60,
      timbreRange: 12, soundMilliseconds: sound == .silent ? 0 : length, spanMilliseconds: length,
      fingerprint: UInt64(id) + 1000)
    let audio = StoredAudio(
      digest: .of((bytes ?? "audio \(id)").utf8), bytes: 100, mediaType: "audio/wav",
      durationMilliseconds: length, measure: measure)
    let saved = try bench.table.commit(.init(moves: [job.stored(audio)]), at: Bench.start)
    #expect(saved.missed.isEmpty)
    return saved
  }

  private var newest: Job.ID {
    get throws { Job.ID(try bench.number("SELECT max(id) FROM job")) }
  }

  private func line(_ id: String = "l1", in batch: String? = nil) throws -> LineRow {
    try #require(
      try bench.lines {
        $0.ids = [id]
        $0.batch = batch
      }.first)
  }

  private func takes(_ id: String = "l1") throws -> [String] {
    try bench.table.takes(of: try line(id)).map { "\($0.take) \($0.state.rawValue)" }
  }

  // MARK: When takes are added

  @Test("bad audio gets another take in the transaction that stores it")
  func bad() throws {
    try add(2)
    #expect(try !store(1, .fine).hasReleased)
    #expect(try takes() == ["1 STORED"])
    #expect(try store(2, .silent).hasReleased)
    #expect(try takes("l2") == ["1 STORED", "2 QUEUED"])
    let added = try #require(try bench.lines { $0.age = .former }.first)
    #expect(added.former == .candidate && added.isReroll && added.sent == "\(Self.text) 2.")
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.isReroll) == [true])
  }

  @Test("a good take is shown, a take that is no better is not, and no further take follows")
  func outcome() throws {
    try add(2)
    try store(1, .silent)
    try store(2, .silent)
    let (first, second) = (try newest - 1, try newest)
    try store(first, .fine)
    #expect(try line("l1").id == first && line("l1").marks.isEmpty)
    #expect(try line("l1").text == "\(Self.text) 1", "the author's words")
    try store(second, .silent)
    #expect(try line("l2").id == 2)
    #expect(try bench.number("SELECT count(*) FROM job") == 4)
    #expect(try bench.number("SELECT count(*) FROM batch_item WHERE is_next") == 0)
    let heard = try bench.table.heard(batch: "night")
    #expect(heard.rerolled == 2 && heard.rescued == 1 && heard.pending == 0)
    #expect(heard.bad == 1 && heard.checks == [.silent: 1])
  }

  @Test(
    "adds as many as the batch allows; the last has a changed request", arguments: [0, 1, 2, 3])
  func limit(_ max: Int) throws {
    try add(1, rerolls: max)
    try store(1, .silent)
    for _ in 0..<max { try store(try newest, .silent) }
    #expect(try bench.table.takes(of: line()).count == 1 + max)
    let sent: [String] = try bench.table.takes(of: line()).map(\.sent)
    #expect(sent.filter { $0.hasSuffix(".") }.count == min(max, 1))
    #expect(max == 0 || sent.last == "\(Self.text) 1.")
  }

  @Test("identical bytes mean that fal caches: the request changes at once")
  func cache() throws {
    try add(1, rerolls: 3)
    try store(1, .silent, bytes: "the same")
    #expect(try bench.job(newest).request.text == "\(Self.text) 1")
    try store(try newest, .silent, bytes: "the same")
    #expect(try bench.job(newest).request.text == "\(Self.text) 1.")
  }

  @Test("a pinned line keeps its take, and an accepted line has no marks")
  func chosen() throws {
    try add(2)
    try store(1, .silent)
    try store(2, .silent)
    var selection = Selection()
    selection.ids = ["l1"]
    #expect(try bench.table.accept(selection) == .init(selected: 1, accepted: 1))
    #expect(try bench.table.accept(selection) == .init(selected: 1, unchanged: 1))
    #expect(try line("l1").isAccepted && line("l1").marks.isEmpty)
    selection.ids = ["l2"]
    #expect(try bench.table.pick(selection, take: 1).unchanged == 1)
    for id in [3, 4] as [Job.ID] { try store(id, .fine) }
    #expect(try line("l1").id == 1 && line("l2").id == 2)
    #expect(try line("l2").isPinned && line("l2").marks.count == 1)
    // Other words end both.
    try add([NewLine("other", number: 1, id: "l1"), NewLine("\(Self.text) 2", number: 2, id: "l2")])
    #expect(try !line("l1").isAccepted && !line("l1").isPinned)
  }

  @Test("a person's new take is shown unless it has worse marks than the present one")
  func person() throws {
    try add(2, rerolls: 0)
    try store(1, .fine)
    try store(2, .silent)
    try bench.reroll()
    try store(3, .silent)
    try store(4, .silent)
    #expect(try line("l1").id == 1)
    #expect(try line("l2").id == 4)
  }

  @Test("an overwritten request does not keep audio from being stored")
  func unreadable() throws {
    try add(1)
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
    try add([
      NewLine("same words", number: 1, id: "l1"), NewLine("same words", number: 2, id: "l2"),
    ])
    try add([NewLine("same words", number: 1, id: "l3")], batch: "other", rerolls: 0)
    try store(1, .silent)
    #expect(try bench.number("SELECT count(*) FROM job") == 2)
    let added = try newest
    try store(added, .fine)
    #expect(try line("l1").id == added && line("l2").id == added && line("l3").id == 1)
  }

  @Test(
    "audio that was there when a line joined, or got its words, gets no take for that line",
    arguments: [true, false])
  func finishedBefore(isChanged: Bool) throws {
    func words(_ text: String) -> NewLine { NewLine(text, number: 1, id: "l1") }
    try add([words("same words")], rerolls: 0)
    if isChanged { try add([words("other words")], batch: "late") }
    try store(1, .fine)
    let later = Bench.start + .seconds(60)
    try add([words("same words")], batch: "late", at: later)
    let digest = Digest.of("audio 1".utf8)
    #expect(try !bench.table.save(Verdict(.bad), on: digest, of: 1, at: later))
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 0)
  }

  @Test("audio that comes after a line joined does get a take for that line")
  func finishedAfter() throws {
    try add([NewLine("same words", number: 1, id: "l1")], rerolls: 0)
    try add([NewLine("same words", number: 1, id: "l1")], batch: "late")
    try store(1, .silent)
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 1)
  }

  @Test(
    "adds none when many of the first lines have the same check")
  func common() throws {
    try add(60)
    for id in 1...9 as ClosedRange<Job.ID> { try store(id, .hum) }
    #expect(try bench.number("SELECT count(*) FROM job WHERE is_reroll") == 5)
    #expect(try bench.table.heard(batch: "night").stopped == .noSpeech)
    // Adding the file again lifts the stop.
    try add(60)
    #expect(try bench.table.heard(batch: "night").stopped == nil)
  }

  // MARK: The second hearing

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
    try add(30)
    try store(1, .quick)
    for id in 2...29 as ClosedRange<Job.ID> { try store(id, .fine) }
    #expect(try hearAgain() == nil, "one line is on its way")
    #expect(try !isUnheard())
    try store(30, .fine)
    #expect(try takes() == ["1 STORED"])
    #expect(try isUnheard() && isUnheard(nil))
    #expect(try bench.table.secondHearing(of: [30]) != nil)
    #expect(try bench.table.secondHearing(of: []) == nil)
    #expect(try hearAgain() == true)
    #expect(try takes() == ["1 STORED", "2 QUEUED"])
    #expect(try !isUnheard())
    try store(try newest, .fine)
    #expect(try line().id == 31)
    #expect(try hearAgain() == nil, "a tenth of the audio must be new")
  }

  @Test("a second hearing that was broken off begins again, and adds no take twice")
  func brokenOff() throws {
    // Texts of one length.
    let letters = "abcdefghijklmnop"
    let texts = letters.flatMap { one in letters.map { "\(Self.text) \(one)\($0)" } }
    try add(texts.enumerated().map { NewLine($1, number: $0 + 1, id: "l\($0 + 1)") })
    try store(1, .quick)
    for id in 2...256 as ClosedRange<Job.ID> { try store(id, .fine) }
    var hearing = try #require(try bench.table.secondHearing())
    #expect(try bench.table.hear(&hearing, at: Bench.start))
    #expect(!hearing.isOver)
    #expect(try hearAgain() == nil, "the take is queued")
    try store(try newest, .quick)
    #expect(try hearAgain() == false)
    #expect(try hearAgain() == nil)
    #expect(try takes() == ["1 STORED", "2 STORED"])
  }

  @Test("words that were spoken before the batch had them get no take that nobody asked for")
  func spokenBefore() throws {
    try add(30, rerolls: 0)
    try store(1, .quick)
    for id in 2...30 as ClosedRange<Job.ID> { try store(id, .fine) }
    #expect(try hearAgain() == nil, "no takes are allowed")
    try add(Self.lines(30), batch: "other", at: Bench.start + .seconds(1))
    #expect(try isUnheard("other") && !isUnheard())
    #expect(try hearAgain() == false)
    #expect(try hearAgain() == nil)
    #expect(try bench.number("SELECT count(*) FROM job") == 30)
  }

  @Test("a batch whose rest waits for its budget is heard")
  func budget() throws {
    try add(31)
    try store(1, .quick)
    for id in 2...30 as ClosedRange<Job.ID> { try store(id, .fine) }
    #expect(try !isUnheard())
    try bench.execute("UPDATE job SET waits_for = 'budget' WHERE id = 31")
    #expect(try isUnheard())
    #expect(try hearAgain() == true)
  }

  @Test("csmd is judging until its judge was asked about the last line")
  func judging() throws {
    try add(2, rerolls: 0)
    try store(1, .fine)
    #expect(try !isUnheard())
    let step = Int64(try bench.number("SELECT max(id) FROM transition"))
    try bench.table.noteJudging(upTo: step - 1)
    #expect(try isUnheard() && isUnheard(nil))
    try bench.table.noteJudging(upTo: step)
    #expect(try !isUnheard())
    try store(2, .fine)
    #expect(try isUnheard())
    try bench.table.noteJudging(upTo: nil)
    #expect(try !isUnheard())
  }

  // MARK: Order

  @Test("an added take is queued behind everything that people added, whatever its priority")
  func priority() throws {
    try add([NewLine("\(Self.text) 1", number: 1, id: "l1")], priority: 1000)
    try add([NewLine("\(Self.text) 2", number: 1, id: "l2")], batch: "low", priority: -1000)
    try store(1, .silent)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [2, 3])
  }

  private func scene() throws {
    let clip = SpeechRequest.Clip(
      prompt: "\(Self.text) 1",
      audioURL: ClipSource.job(key: NewLine("\(Self.text) 1", number: 1).key).audioURL, speakerID: 0
    )
    let second = SpeechRequest(
      scene: [.init(text: "\(Self.text) 2", speakerID: 0)], context: [clip])
    try add([
      NewLine("\(Self.text) 1", number: 1, id: "l1"),
      NewLine(
        request: second, key: .of(second), id: "l2", text: nil, meta: nil, number: 2),
      NewLine("\(Self.text) 3", number: 3, id: "l3"),
    ])
  }

  private func heardBySecond() throws -> Set<Digest> { try bench.job(2).request.files }

  @Test("turns wait for an added take, and hear the better one")
  func turns() throws {
    try scene()
    try store(1, .silent)
    // A take that others wait for keeps its priority.
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [3, 4])
    #expect(try line("l2").waitsFor == .turns(["l1"]))
    try store(4, .fine)
    #expect(try line("l2").waitsFor == nil)
    #expect(try heardBySecond() == [.of("audio 4".utf8)])
  }

  @Test("turns do not wait for ever, nor for a person")
  func patience() throws {
    try scene()
    try store(1, .silent)
    let late = Bench.start + RerollRule.turnsWait
    #expect(try !bench.table.releaseImpatient(at: late - .milliseconds(1)))
    #expect(try bench.table.releaseImpatient(at: late))
    #expect(try line("l2").waitsFor == nil)
    #expect(try heardBySecond() == [.of("audio 1".utf8)])
    #expect(try !bench.table.releaseImpatient(at: late))
    // The take still counts for its own line.
    try store(4, .fine)
    #expect(try line("l1").id == 4)
  }

  @Test("turns do not wait for a held take")
  func held() throws {
    try scene()
    try store(1, .silent)
    try bench.bring(4, to: .held)
    #expect(try bench.table.releaseImpatient(at: Bench.start))
    #expect(try heardBySecond() == [.of("audio 1".utf8)])
  }

  @Test("a rerolled turn hears the present takes of the turns before it")
  func again() throws {
    try scene()
    try store(1, .fine)
    try store(2, .fine)
    try bench.reroll { $0.ids = ["l1"] }
    try store(4, .fine)
    try bench.reroll { $0.ids = ["l2"] }
    #expect(try bench.job(5).request.files == [.of("audio 4".utf8)])
    #expect(try bench.row(5)["waits_for"] as String? == nil)
  }

  @Test("rerolls a turn and all that heard it, each after the one before")
  func onward() throws {
    try scene()
    for id in 1...3 as ClosedRange<Job.ID> { try store(id, .fine) }
    var selection = Selection()
    selection.ids = ["l1"]
    let rerolling = try bench.table.reroll(
      selection, takes: 1, isOnward: true, price: Sample.price, at: Bench.start)
    #expect(rerolling.lines == 2 && rerolling.queued == 2)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [4])
    try store(4, .fine)
    #expect(try bench.table.dueJobs(limit: 9, at: Bench.start).jobs.map(\.id) == [5])
    #expect(try bench.job(5).request.files == [.of("audio 4".utf8)])
    #expect(try line("l2").marks.isEmpty)
  }

  @Test("marks a turn that heard words which have changed")
  func stale() throws {
    try scene()
    for id in 1...3 as ClosedRange<Job.ID> { try store(id, .fine) }
    var selection = Selection()
    selection.ids = ["l1"]
    let edit = try bench.table.edit(selection, at: Bench.start) { request, _ in
      var request = request
      request.scene[0].text = "Other words"
      return .init(request: request, key: .of(request), text: nil)
    }
    guard case .edited = edit else { return #expect(Bool(false), "\(edit)") }
    #expect(try line("l2").marks.map(\.check) == [.stale])
    #expect(try line("l3").marks.isEmpty)
  }
}
