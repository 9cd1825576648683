import Testing

@testable import CSMCore

@Suite("Odd audio")
struct AudioCheckTests {
  private static let rate = 24_000

  /// A second of a square wave of this height; zero is silence.
  private func heard(_ parts: (seconds: Double, height: Int16)..., channels: Int = 1)
    -> AudioMeasure?
  {
    var meter = SampleMeter(sampleRate: Self.rate, channels: channels)
    for part in parts {
      let samples = (0..<Int(part.seconds * Double(Self.rate * channels))).map { index in
        (index / 50 % 2 == 0 ? part.height : -part.height).littleEndian
      }
      // In pieces that end within a window.
      for start in stride(from: 0, to: samples.count, by: 1000) {
        samples[start..<min(start + 1000, samples.count)].withUnsafeBytes { meter.take($0) }
      }
    }
    return meter.measure
  }

  @Test("the level is the root mean square, whatever the sign")
  func level() throws {
    let measure = try #require(heard((1, 16384)))
    #expect(abs(measure.level - 0.5) < 1e-9)
    #expect(measure.pauseMilliseconds == 0 && measure.tailMilliseconds == 0)
    #expect(measure.clipped == 0)
    #expect(SampleMeter(sampleRate: 24_000, channels: 1).measure == nil)
  }

  @Test("silence before the first sound is no pause, and behind the last it is the tail")
  func silence() throws {
    for channels in [1, 2] {
      let measure = try #require(
        heard((0.5, 0), (1, 9000), (1.6, 100), (1, 9000), (1.2, 0), channels: channels))
      #expect(measure.pauseMilliseconds == 1600)
      #expect(measure.tailMilliseconds == 1200)
    }
  }

  @Test("the share of samples at full scale")
  func clipping() throws {
    let measure = try #require(heard((0.25, .max), (0.75, 9000)))
    #expect(abs(measure.clipped - 0.125) < 0.001)
    var lowest = SampleMeter(sampleRate: 24_000, channels: 1)
    withUnsafeBytes(of: Int16.min.littleEndian) { lowest.take($0) }
    #expect(lowest.measure?.clipped == 1)
  }

  @Test("a window may hold any number of samples")
  func longWindow() throws {
    let samples = [Int16](repeating: Int16(255).littleEndian, count: 200_000)
    var meter = SampleMeter(sampleRate: 50 * samples.count, channels: 1)
    samples.withUnsafeBytes { meter.take($0) }
    let measure = try #require(meter.measure)
    #expect(abs(measure.level * 32768 - 255) < 1e-6)
  }

  private static let text = "A sentence of just about seventy characters, which takes five seconds."

  private func checks(
    _ milliseconds: Int? = 5000, level: Double = 0.1, pause: Int = 0, tail: Int = 0,
    clipped: Double = 0, text: String = text, turns: Int = 1, isDuplicate: Bool = false
  ) -> [AudioCheck] {
    AudioCheck.of(
      AudioMeasure(
        level: level, pauseMilliseconds: pause, tailMilliseconds: tail, clipped: clipped),
      milliseconds: milliseconds, text: text, turns: turns, isDuplicate: isDuplicate)
  }

  @Test("what is as expected has no marks")
  func sound() {
    #expect(checks() == [])
    #expect(checks(pause: 1500, tail: 1000, clipped: 0.001) == [])
    #expect(checks(pause: 2500, turns: 3) == [])
    #expect(checks(nil) == [])
    #expect(AudioCheck.of(nil, milliseconds: nil, text: "", turns: 1, isDuplicate: false) == [])
  }

  @Test("each oddity has its mark")
  func odd() {
    #expect(checks(level: 0.003) == [.silent])
    #expect(checks(level: 0.001, tail: 5000) == [.silent])
    #expect(checks(2000) == [.tooShort])
    #expect(checks(15_000) == [.tooLong])
    #expect(checks(pause: 1520) == [.gap])
    #expect(checks(pause: 2520, turns: 2) == [.gap])
    #expect(checks(tail: 1020) == [.tail])
    #expect(checks(clipped: 0.002) == [.clip])
    #expect(checks(isDuplicate: true) == [.duplicate])
    #expect(
      AudioCheck.of(nil, milliseconds: 100, text: Self.text, turns: 1, isDuplicate: true) == [
        .tooShort, .duplicate,
      ])
  }

  @Test("a word alone is neither too short nor, below three seconds, too long")
  func word() {
    #expect(checks(100, text: "Yes.") == [])
    #expect(checks(2900, text: "Yes.") == [])
    #expect(checks(3100, text: "Yes.") == [.tooLong])
  }
}
