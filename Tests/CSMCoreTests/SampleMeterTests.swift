import Testing

@testable import CSMCore

@Suite("Measuring samples")
struct SampleMeterTests {
  @Test("the level is the root mean square without the mean, which is measured, too")
  func level() throws {
    let measure = try #require(Heard(Heard.square(1, 0.5)).measure)
    #expect(abs(measure.level - 0.5) < 1e-6)
    #expect(measure.pauseMilliseconds == 0 && measure.tailMilliseconds == 0)
    let shifted = try #require(Heard(Heard.square(1, 0.25).map { $0 + 0.125 }).measure)
    #expect(abs(shifted.level - 0.25) < 1e-6)
    #expect(abs(shifted.offset - 0.125) < 1e-6)
    #expect(Heard([]).measure == nil)
  }

  @Test("silence before, within and after is distinguished, and a click does not end it")
  func silence() throws {
    let parts: [[Float]] = [
      Heard.square(0.5, 0), Heard.square(1, 0.3), Heard.square(0.8, 0.001), Heard.square(0.04, 0.3),
      Heard.square(0.76, 0.001), Heard.square(1, 0.3), Heard.square(1.2, 0),
    ]
    for channels in [1, 2] {
      let measure = try #require(Heard(parts.flatMap(\.self), channels: channels).measure)
      #expect(measure.leadMilliseconds == 500)
      #expect(measure.pauseMilliseconds == 1600)
      #expect(measure.tailMilliseconds == 1200)
      #expect(measure.soundMilliseconds == 2000)
      #expect(measure.spanMilliseconds == 3600)
    }
  }

  @Test("even noise in the pauses counts as silence")
  func noisySilence() throws {
    var generator = SystemRandomNumberGenerator()
    func noise(_ seconds: Double) -> [Float] {
      (0..<Int(seconds * 24_000)).map { _ in .random(in: -0.03...0.03, using: &generator) }
    }
    let sound = zip(noise(1), Heard.square(1, 0.3)).map { $0 + $1 }
    let measure = try #require(Heard(sound + noise(2) + sound).measure)
    #expect(abs(measure.pauseMilliseconds - 2000) <= 40)
  }

  @Test("clipping is relative to the recording's own peak")
  func clipping() throws {
    let speech = Heard.speech(seconds: 3)
    #expect(try #require(Heard(speech).measure).clipped < 0.001)
    let loud = speech.map { min(max($0 * 6, -0.5), 0.5) }
    #expect(try #require(Heard(loud).measure).clipped > 0.01)
  }

  @Test("all formats of the same samples measure the same", arguments: SampleFormat.allCases)
  func formats(format: SampleFormat) throws {
    let speech = Heard.speech(seconds: 2) + Heard.square(1.5, 0) + Heard.speech(seconds: 1)
    let measure = try #require(Heard(speech, as: format).measure)
    let plain = try #require(Heard(speech, as: .float32).measure)
    #expect(abs(measure.level - plain.level) < 0.004)
    #expect(abs(measure.offset) < 0.005)
    #expect(abs(measure.pauseMilliseconds - plain.pauseMilliseconds) <= 60)
    #expect(
      (measure.fingerprint == plain.fingerprint) == (format == .float32 || format == .float64))
  }

  @Test("pieces of any size give the same measurements, even with incomplete frames")
  func pieces() throws {
    let speech = Heard.speech(seconds: 2)
    let whole = try #require(Heard(speech).measure)
    for piece in [2, 34, 1000, 65_536] { #expect(Heard(speech, piece: piece).measure == whole) }
    var meter = try #require(SampleMeter(.signed16, sampleRate: 24_000, channels: 2))
    [UInt8](repeating: 1, count: 7).withUnsafeBytes { meter.take($0) }
    #expect(meter.measure?.level == 0)
  }

  @Test("implausible headers are rejected, and NaN is silence")
  func absurd() throws {
    #expect(SampleMeter(.signed16, sampleRate: 0, channels: 1) == nil)
    #expect(SampleMeter(.signed16, sampleRate: .max, channels: 1) == nil)
    #expect(SampleMeter(.signed16, sampleRate: 24_000, channels: 0) == nil)
    #expect(SampleMeter(.signed16, sampleRate: 24_000, channels: 65_535) == nil)
    var meter = try #require(SampleMeter(.float32, sampleRate: 24_000, channels: 1))
    let samples: [Float] = Array(repeating: .nan, count: 3000) + [.infinity, 1e30]
    samples.withUnsafeBytes { meter.take($0) }
    let measure = try #require(meter.measure)
    #expect(measure.level.isFinite && measure.speechLevel.isFinite)
  }

  @Test("an hour takes bounded memory, and its silence is still measured")
  func long() throws {
    var envelope = Envelope(milliseconds: 20)
    func append(_ seconds: Int, _ height: Float) {
      let samples = [height, -height]
      for _ in 0..<seconds * 50 {
        samples.withUnsafeBufferPointer { envelope.append(Envelope.Window($0)) }
      }
    }
    append(1000, 0.3)
    append(60, 0)
    append(2540, 0.3)
    #expect(envelope.windows.count <= Envelope.windowsMax)
    let measure = try #require(AudioMeasure(envelope, fingerprint: 0))
    #expect(abs(measure.pauseMilliseconds - 60_000) < 3000)
    #expect(abs(measure.spanMilliseconds - 3_600_000) < 5000)
  }

  @Test("merging windows loses none of them")
  func merging() {
    var envelope = Envelope(milliseconds: 20)
    for count in 1...100_000 {
      [Float(0.5)].withUnsafeBufferPointer { envelope.append(Envelope.Window($0)) }
      // Otherwise, some may wait for others to be merged with.
      guard count.isMultiple(of: 4096) else { continue }
      #expect(envelope.windows.reduce(0) { $0 + $1.count } == count)
    }
  }

  @Test("decibels match the logarithm")
  func decibels() {
    for (energy, level) in [
      (1.0, 0.0), (2, 3.0103), (0.5, -3.0103), (0.01, -20), (1e-6, -60), (9, 9.5424),
    ] {
      #expect(abs(Double(Decibels.of(energy)) - level) < 0.001)
    }
    for energy in [0, -1, .nan, .infinity] { #expect(Decibels.of(energy) == Decibels.floor) }
  }
}
