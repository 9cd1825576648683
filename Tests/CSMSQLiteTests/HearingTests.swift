import Foundation
import GRDB
import Testing

@testable import CSMCore
@testable import CSMSQLite

@Suite("What is heard of lines")
struct HearingTests {
  let bench: Bench

  init() throws { bench = try Bench() }

  private static let text = "The lamp by the window burned until the morning"

  private static func measure(
    _ milliseconds: Int, samples: UInt64 = 0, _ change: (inout AudioMeasure) -> Void = { _ in }
  ) -> AudioMeasure {
    var measure = AudioMeasure(
      level: 0.1, speechLevel: -15, floorLevel: -60, timbreRange: 12,
      soundMilliseconds: milliseconds, spanMilliseconds: milliseconds, fingerprint: samples)
    change(&measure)
    return measure
  }

  /// Stores audio with these measurements for a job.
  private func store(
    _ id: Job.ID, _ measure: AudioMeasure?, milliseconds: Int = 2500
  ) throws {
    let job = try bench.bring(id, to: .completed)
    var measure = measure
    // Unique samples, unless the test sets its own.
    if measure?.fingerprint == 0 { measure?.fingerprint = 1000 + UInt64(id) }
    let audio = StoredAudio(
      digest: .of("audio \(id)".utf8), bytes: 100, mediaType: "audio/wav",
      durationMilliseconds: milliseconds, measure: measure)
    try bench.commit([job.stored(audio)])
  }

  private func marks() throws -> [[String]] {
    try bench.lines().map { $0.marks.map(\.check.rawValue) }
  }

  @Test("all measurements read back as written")
  func figures() throws {
    try bench.add(["one"])
    let measure = AudioMeasure(
      level: 0.5, offset: -0.25, speechLevel: -12.5, floorLevel: -70, timbreRange: 9,
      soundMilliseconds: 1, spanMilliseconds: 2, leadMilliseconds: 3, pauseMilliseconds: 4,
      tailMilliseconds: 5, evenTailMilliseconds: 6, evenTailLevel: -7, clipped: 0.125, endLevel: -8,
      repeatMilliseconds: 9, repeatAfterMilliseconds: 10, fingerprint: .max)
    try store(1, measure)
    let row = try #require(
      try bench.table.read { try Row.fetchOne($0, sql: "SELECT * FROM object") })
    #expect(AudioMeasure(row: row) == measure)
  }

  @Test("a large batch is judged by a sample, and the report says so")
  func sample() throws {
    try bench.add((1...60).map { "\(Self.text) \($0)" })
    for id in 1...60 {
      try store(Int64(id), Self.measure(2500) { $0.leadMilliseconds = id % 2 * 9000 })
    }
    let whole = try bench.table.heard(batch: "night", max: 60)
    #expect(whole.sample == nil && whole.rescued == 0 && whole.checks[.lead] == 30)
    let sample = try bench.table.heard(batch: "night", max: 59)
    #expect(sample.sample == 58 && sample.rescued == nil && sample.checks[.lead] == 29)
  }

  @Test("unmeasured audio is listed until it is measured; existing measurements stay")
  func notMeasured() throws {
    try bench.add(["one", "two", "three"])
    try store(1, nil)
    try store(2, Self.measure(800))
    // A row written before the newer measurements existed.
    try store(3, nil)
    try bench.execute("UPDATE object SET level = 0.1, pause_ms = 0, tail_ms = 0, clipped = 0")
    #expect(try marks() == [["not-measured"], [], ["not-measured"]])
    let unmeasured = try bench.table.unmeasured()
    #expect(Set(unmeasured) == [.of("audio 1".utf8), .of("audio 3".utf8)])
    let silent = Self.measure(800, samples: 5) { $0.speechLevel = -70 }
    try bench.table.save(
      [1, 2].map { .init(digest: .of("audio \($0)".utf8), measure: silent, milliseconds: 800) })
    #expect(try marks() == [["silent"], [], ["not-measured"]])
  }

  @Test(
    "marks other words with the same samples, in whatever files, but not other takes")
  func duplicates() throws {
    try bench.add(["one", "two", "three"])
    for id: Job.ID in [1, 2] { try store(id, Self.measure(600, samples: 7)) }
    try store(3, Self.measure(600, samples: 8))
    #expect(try marks() == [["dup-audio"], ["dup-audio"], []])
  }

  @Test("a voice's pace is learned from its own lines in the batch")
  func pace() throws {
    func lines(_ voice: String, _ count: Int, from first: Int) -> [NewLine] {
      (0..<count).map { index in
        let letter = String(UnicodeScalar(UInt8(97 + index % 26)))
        let word = String(repeating: letter, count: 5 + index / 26)
        let request = SpeechRequest(
          scene: [.init(text: "\(Self.text), \(voice) \(word)", speakerID: 0)])
        return NewLine(
          request: request, key: .of(request), id: nil, text: nil, meta: nil, number: first + index,
          voice: voice)
      }
    }
    try bench.add(lines("anna", 30, from: 1) + lines("ben", 30, from: 31))
    for id in 1...60 { try store(Job.ID(id), Self.measure(id <= 30 ? 2600 : 6000)) }
    #expect(try marks().allSatisfy { $0.isEmpty })
    try bench.execute(
      "UPDATE object SET span_ms = 6000 WHERE digest = ?", [Digest.of("audio 1".utf8).data])
    try bench.execute(
      "UPDATE object SET span_ms = 2600 WHERE digest = ?", [Digest.of("audio 60".utf8).data])
    let all = try marks()
    #expect(all[0] == ["too-long"])
    #expect(all[59] == ["too-short"])
    #expect(all[1...58].allSatisfy { $0.isEmpty })
  }

  @Test("the batch's cut-off length is reported for all lines that have it")
  func cap() throws {
    let texts = (0..<6).map { String(repeating: "many words ", count: 8 + 2 * $0) + "\($0)" }
    try bench.add(texts)
    for id in 1...5 { try store(Job.ID(id), Self.measure(9000), milliseconds: 10_000) }
    try store(6, Self.measure(9000), milliseconds: 9000)
    #expect(try marks().map { $0.contains("capped") } == [true, true, true, true, true, false])
  }
}
