import Testing

@testable import CSMCore

@Suite("Checks of audio")
struct AudioCheckTests {
  private static let text = "A sentence of just about seventy characters, which takes five seconds."

  /// The marks of flawless measurements after a change.
  private func checks(
    _ milliseconds: Int = 5000, text: String = text, turns: Int = 1, isDuplicate: Bool = false,
    cap: Int? = nil, _ change: (inout AudioMeasure) -> Void = { _ in }
  ) -> [AudioCheck] {
    var measure = AudioMeasure(
      level: 0.1, speechLevel: -15, floorLevel: -60, timbreRange: 12, soundMilliseconds: 4000,
      spanMilliseconds: milliseconds)
    change(&measure)
    var context = AudioContext(text: text)
    context.turns = turns
    context.milliseconds = milliseconds
    context.isDuplicate = isDuplicate
    context.capMilliseconds = cap
    return AudioMark.all(measure, context).map(\.check)
  }

  @Test("measurements just within the limits have no marks")
  func sound() {
    #expect(checks() == [])
    #expect(
      checks {
        $0.leadMilliseconds = 1000
        $0.pauseMilliseconds = 1500
        $0.tailMilliseconds = 1000
        $0.evenTailMilliseconds = 1000
        $0.clipped = AudioLimits.clipped
        $0.offset = -AudioLimits.offset
        $0.endLevel = AudioLimits.endLevel
        $0.repeatMilliseconds = 900
      } == [])
    #expect(checks(turns: 3) { $0.pauseMilliseconds = 2500 } == [])
  }

  @Test("each flaw has its mark, and no other")
  func odd() {
    #expect(checks { $0.speechLevel = -50 } == [.silent])
    #expect(checks { $0.soundMilliseconds = 80 } == [.silent])
    #expect(checks { ($0.speechLevel, $0.floorLevel) = (-40, -41) } == [.silent])
    #expect(checks { $0.floorLevel = -20 } == [.noSpeech])
    #expect(checks { $0.timbreRange = 1 } == [.noSpeech])
    #expect(checks(1500) == [.tooShort])
    #expect(checks(15_000) == [.tooLong])
    #expect(checks { $0.leadMilliseconds = 1020 } == [.lead])
    #expect(checks { $0.pauseMilliseconds = 1520 } == [.gap])
    #expect(checks(turns: 2) { $0.pauseMilliseconds = 2520 } == [.gap])
    #expect(checks { $0.tailMilliseconds = 1020 } == [.tail])
    #expect(
      checks {
        ($0.evenTailMilliseconds, $0.evenTailLevel) = (1020, -20)
      } == [.noiseTail])
    #expect(checks { $0.endLevel = -3 } == [.cut])
    #expect(checks { $0.clipped = 0.01 } == [.clip])
    #expect(checks { $0.offset = -0.05 } == [.offset])
    #expect(checks(8000) { $0.repeatMilliseconds = 3000 } == [.again])
    #expect(checks(isDuplicate: true) == [.duplicate])
    #expect(checks(cap: 5000) == [.capped])
    #expect(checks(cap: 4920) == [])
  }

  @Test("audio that was not measured is marked, and checked by the length of its file")
  func notMeasured() {
    var context = AudioContext(text: Self.text)
    #expect(AudioMark.all(nil, context) == [AudioMark(.notMeasured)])
    context.milliseconds = 1500
    context.isDuplicate = true
    #expect(AudioMark.all(nil, context).map(\.check) == [.notMeasured, .tooShort, .duplicate])
  }

  @Test("a single word is neither too short nor, below three seconds, too long")
  func word() {
    #expect(checks(100, text: "Yes.") == [])
    #expect(checks(2900, text: "Yes.") == [])
    #expect(checks(3100, text: "Yes.") == [.tooLong])
  }

  // MARK: From samples to marks

  private func heard(_ samples: [Float]) throws -> [AudioCheck] {
    var context = AudioContext(text: String(repeating: "word ", count: samples.count / 24_000 * 3))
    context.milliseconds = samples.count / 24
    let measure = try #require(Heard(samples).measure)
    return AudioMark.all(measure, context).map(\.check)
  }

  private func noise(_ seconds: Int, _ height: Float) -> [Float] {
    var generator = SeededGenerator(seed: 7)
    return (0..<seconds * 24_000).map { _ in .random(in: -height...height, using: &generator) }
  }

  @Test("synthetic speech has no marks, whatever its seed", arguments: 1...12)
  func speech(seed: UInt64) throws {
    #expect(try heard(Heard.speech(seconds: 5, seed: seed)) == [])
  }

  @Test("faults in synthetic speech have their marks", arguments: 1...4)
  func planted(seed: UInt64) throws {
    let speech = Heard.speech(seconds: 5, seed: seed)
    let half = Array(speech.prefix(60_000))
    let silence = [Float](repeating: 0, count: 72_000)
    #expect(try heard(silence) == [.silent])
    #expect(try heard(speech.map { $0 / 300 }) == [.silent])
    #expect(try heard(noise(5, 0.1)) == [.noSpeech])
    #expect(try heard(Heard.square(5, 0.2)) == [.noSpeech])
    #expect(try heard(silence + speech).contains(.lead))
    #expect(try heard(speech + silence).contains(.tail))
    #expect(try heard(half + silence + half).contains(.gap))
    #expect(try heard(speech + noise(3, 0.05)).contains(.noiseTail))
    #expect(try heard(speech.map { min(max($0 * 8, -0.4), 0.4) }).contains(.clip))
    #expect(try heard(speech.map { $0 + 0.08 }).contains(.offset))
    let measure = try #require(Heard(speech + speech).measure)
    #expect(measure.repeatMilliseconds > 1000)
    #expect(abs(measure.repeatAfterMilliseconds - 5000) <= 20)
    #expect(try #require(Heard(speech).measure).repeatMilliseconds < 1000)
  }
}
