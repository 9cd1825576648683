import Testing

@testable import CSMCore
@testable import CSMSQLite

/// Lines whose audio comes with the sound that a test asks for.
extension Bench {
  static let text = "The lamp by the window burned until the morning"

  static func lines(_ count: Int) -> [NewLine] {
    (1...count).map { NewLine("\(text) \($0)", number: $0, id: "l\($0)") }
  }

  func add(_ count: Int, rerolls: Int = 1) throws {
    try add(Self.lines(count), rerolls: rerolls)
  }

  /// The sound of a recording.
  enum Sound { case fine, silent, hum, long, quick }

  /// Stores audio with its own samples for a job.
  @discardableResult
  func store(_ id: Job.ID, _ sound: Sound, bytes: String? = nil) throws -> JobTable.Saved {
    let known = try job(id)
    let job = known.state.name == .completed ? known : try bring(id, to: .completed)
    let length = sound == .long ? 20_000 : sound == .quick ? 1650 : 3000
    let measure = AudioMeasure(
      level: 0.1, speechLevel: sound == .silent ? -95 : -15, floorLevel: sound == .hum ? -16 : -60,
      timbreRange: 12, soundMilliseconds: sound == .silent ? 0 : length, spanMilliseconds: length,
      fingerprint: UInt64(id) + 1000)
    let audio = StoredAudio(
      digest: .of((bytes ?? "audio \(id)").utf8), bytes: 100, mediaType: "audio/wav",
      durationMilliseconds: length, measure: measure)
    let saved = try table.commit(.init(moves: [job.stored(audio)]), at: Bench.start)
    #expect(saved.missed.isEmpty)
    return saved
  }

  var newest: Job.ID {
    get throws { Job.ID(try number("SELECT max(id) FROM job")) }
  }

  func line(_ id: String = "l1", in batch: String? = nil) throws -> LineRow {
    try #require(
      try lines {
        $0.ids = [id]
        $0.batch = batch
      }.first)
  }

  func takes(_ id: String = "l1") throws -> [String] {
    try table.takes(of: try line(id)).map { "\($0.take) \($0.state.rawValue)" }
  }
}
