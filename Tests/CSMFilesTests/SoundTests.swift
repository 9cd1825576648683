import CSMCore
import Foundation
import Testing

@testable import CSMFiles

@Suite("Clips as sound")
struct SoundTests {
  /// A tone, from -1 to 1.
  private static func tone(
    _ hertz: Double, rate: Int, seconds: Double, loudness: Double = 0.5
  ) -> Sound {
    let samples = (0..<Int(Double(rate) * seconds)).map { index in
      Float(loudness * sin(2 * .pi * hertz * Double(index) / Double(rate)))
    }
    return Sound(samples: samples, rate: rate)
  }

  /// The amplitude of a tone in the middle of a sound, from 0 to 1.
  private static func strength(_ hertz: Double, in sound: Sound) -> Double {
    let middle = sound.samples.count / 4..<sound.samples.count * 3 / 4
    var (real, imaginary) = (0.0, 0.0)
    for index in middle {
      let angle = 2 * .pi * hertz * Double(index) / Double(sound.rate)
      real += Double(sound.samples[index]) * cos(angle)
      imaginary += Double(sound.samples[index]) * sin(angle)
    }
    return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(middle.count)
  }

  /// A WAV file of these frames, each with one value per channel.
  private static func wav(
    _ frames: [[Double]], bits: Int, isFloat: Bool = false, isExtensible: Bool = false,
    rate: Int = 24_000
  ) -> [UInt8] {
    let channels = frames.first?.count ?? 1
    let width = bits / 8
    var bytes: [UInt8] = []
    for value in frames.joined() {
      switch (isFloat, bits) {
      case (true, 32): bytes += little(Int(Float(value).bitPattern), 4)
      case (true, _): bytes += little(Int(bitPattern: UInt(value.bitPattern)), 8)
      case (false, 8): bytes += little(Int((value * 128).rounded()) + 128, 1)
      default: bytes += little(Int(value * Double(1 << (bits - 1))), width)
      }
    }
    let codec = isFloat ? 3 : 1
    var format = little(isExtensible ? 0xFFFE : codec, 2) + little(channels, 2) + little(rate, 4)
    format += little(rate * channels * width, 4) + little(channels * width, 2) + little(bits, 2)
    if isExtensible {
      format += little(22, 2) + little(bits, 2) + little(0, 4) + little(codec, 2)
      format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    }
    let chunks =
      Array("WAVEfmt ".utf8) + little(format.count, 4) + format + Array("LIST".utf8) + little(3, 4)
      + [1, 2, 3, 0] + Array("data".utf8) + little(bytes.count, 4) + bytes
    return Array("RIFF".utf8) + little(chunks.count, 4) + chunks
  }

  // MARK: Files

  @Test(
    "all PCM and floating-point formats are read alike",
    arguments: [(8, false), (16, false), (24, false), (32, false), (32, true), (64, true)],
    [false, true])
  func kinds(_ kind: (bits: Int, isFloat: Bool), isExtensible: Bool) throws {
    let values = [0, 0.5, -0.5, 0.25, -1, 0.75]
    let file = Self.wav(
      values.map { [$0] }, bits: kind.bits, isFloat: kind.isFloat, isExtensible: isExtensible)
    let (sound, format) = try Sound.read(wav: file)
    #expect(format == SoundFormat(rate: 24_000, channels: 1, bits: kind.bits))
    #expect(sound.samples.map(Double.init) == values)
  }

  @Test("channels are mixed into one")
  func channels() throws {
    let file = Self.wav([[0.5, -0.5], [0.5, 0.5], [0.25, 0.75]], bits: 16)
    let (sound, format) = try Sound.read(wav: file)
    #expect(sound.samples == [0, 0.5, 0.5])
    #expect(format.channels == 2)
  }

  @Test("anything that is not audio is refused")
  func refused() throws {
    let good = Self.wav([[0.5]], bits: 32, isFloat: true)
    let bad: [[UInt8]] = [
      [], Array("ID3".utf8), Array(good.dropLast(1)), Array(good.prefix(40)),
      Self.wav([[.nan]], bits: 32, isFloat: true), Self.wav([[.infinity]], bits: 64, isFloat: true),
      Self.wav([[0.5]], bits: 16, rate: 1000), sampleWAV(tag: 6, declared: 9), sampleWAV(bits: 12),
    ]
    for file in bad { #expect(throws: AudioFault.self) { try Sound.read(wav: file) } }
  }

  @Test("no file makes the reader trap")
  func damaged() throws {
    var random = SeededGenerator(seed: 7)
    let good = Self.wav((0..<50).map { [Double($0) / 50, 0] }, bits: 24, isExtensible: true)
    for _ in 0..<20_000 {
      var file = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        file[Int.random(in: 0..<min(80, file.count), using: &random)] = UInt8.random(
          in: .min ... .max, using: &random)
      }
      if Bool.random(using: &random) {
        file.removeLast(Int.random(in: 0...file.count, using: &random))
      }
      _ = try? Sound.read(wav: file)
    }
  }

  @Test("a sound is read as it was written, and the same sound is the same file")
  func written() throws {
    let sound = try Sound.read(wav: sampleWAV()).sound
    let (again, format) = try Sound.read(wav: sound.wav)
    #expect(again == sound)
    #expect(format == SoundFormat(rate: 24_000, channels: 1, bits: 16))
    #expect(
      try Sound.read(wav: sampleWAV(before: Array("junk".utf8) + little(0, 4))).sound.wav
        == sound.wav)
    #expect(try AudioInfo(sound.wav).durationMilliseconds == 100)
    let loud = Sound(samples: [2, -2], rate: 24_000)
    #expect(try Sound.read(wav: loud.wav).sound.samples == [32_767.0 / 32_768, -1])
  }

  // MARK: Rates

  @Test(
    "a tone keeps its pitch and strength at another rate",
    arguments: [8000, 16_000, 22_050, 23_999, 44_100, 48_000, 96_000])
  func rates(rate: Int) {
    let sound = Self.tone(1000, rate: rate, seconds: 0.3).resampled(to: 24_000)
    #expect(sound.rate == 24_000)
    #expect(abs(sound.samples.count - 7200) <= 3)
    #expect(abs(Self.strength(1000, in: sound) - 0.5) < 0.001)
  }

  @Test("frequencies beyond the lower rate are removed, without aliasing")
  func aliasing() {
    let sound = Self.tone(15_000, rate: 48_000, seconds: 0.3).resampled(to: 24_000)
    #expect(Self.strength(9000, in: sound) < 0.0001)
    let middle = Sound(samples: Array(sound.samples.dropFirst(500).dropLast(500)), rate: 24_000)
    #expect(middle.measure.map { $0.level < 0.01 } == true)
  }

  @Test("a constant signal stays exactly as it is, and an empty one stays empty")
  func constant() {
    let flat = Sound(samples: Array(repeating: 0.25, count: 4000), rate: 44_100).resampled(
      to: 24_000)
    for sample in flat.samples.dropFirst(100).dropLast(100) {
      #expect(abs(sample - 0.25) < 0.00001)
    }
    #expect(Sound(samples: [], rate: 44_100).resampled(to: 24_000).samples.isEmpty)
    #expect(Sound(samples: [1], rate: 11_025).resampled(to: 24_000).samples.count == 3)
  }

  // MARK: Checks

  private static let words = String(repeating: "twelve chars", count: 10)  // 120

  @Test("a good clip has no faults and no warnings")
  func good() {
    let check = ClipCheck(
      Self.tone(220, rate: 24_000, seconds: 8, loudness: 0.14), transcript: Self.words)
    #expect(check.faults == [])
    #expect(check.warnings == [])
    #expect(check.pace == 15)
    #expect(check.isPlausible)
    #expect(check.positions == 101 + 40)
    #expect(check.level.map { abs($0 + 20) < 0.2 } == true)
  }

  @Test(
    "lengths",
    arguments: [(2.9, 1, 0), (3.0, 0, 1), (5.0, 0, 0), (15.0, 0, 0), (16.0, 0, 1), (31.0, 1, 0)])
  func lengths(_ seconds: Double, _ faults: Int, _ warnings: Int) {
    let words = String(repeating: "a", count: Int(seconds * 14))
    let check = ClipCheck(Self.tone(220, rate: 8000, seconds: seconds), transcript: words)
    #expect(check.faults.count == faults)
    #expect(check.warnings.count == warnings)
  }

  @Test("silence, clipping and mismatched words are reported")
  func told() {
    let tone = Self.tone(220, rate: 8000, seconds: 6)
    func warnings(_ sound: Sound, _ words: String = String(repeating: "b", count: 90)) -> String {
      let check = ClipCheck(sound, transcript: words)
      return (check.faults.map { "!\($0)" } + check.warnings).joined(separator: "; ")
    }
    #expect(warnings(tone) == "")
    let silence = [Float](repeating: 0, count: 8000)
    #expect(warnings(Sound(samples: silence + tone.samples, rate: 8000)).contains("beginning"))
    #expect(warnings(Sound(samples: tone.samples + silence, rate: 8000)).contains("at its end"))
    let gap = tone.samples.prefix(24_000) + silence + silence + tone.samples.prefix(24_000)
    #expect(warnings(Sound(samples: Array(gap), rate: 8000)).contains("a pause of 2.0 s"))
    let loud = Sound(samples: tone.samples.map { max(-1, min(1, $0 * 3)) }, rate: 8000)
    #expect(warnings(loud).contains("clipped"))
    let quiet = Sound(samples: tone.samples.map { $0 / 32 }, rate: 8000)
    #expect(warnings(quiet).contains("quiet"))
    #expect(
      warnings(Sound(samples: Array(repeating: 0, count: 48_000), rate: 8000)).hasPrefix(
        "!the clip is nearly silent"))
    #expect(warnings(tone, "Hi.").contains("slower"))
    #expect(warnings(tone, String(repeating: "x", count: 200)).contains("faster"))
    #expect(warnings(tone, "…").contains("!the transcript has no words"))
  }

  // MARK: The store

  @Test("a clip can be stored before the store exists")
  func stored() throws {
    let folder = try TemporaryFolder()
    let store = AudioStore(root: folder.path)
    let clip = Self.tone(220, rate: 24_000, seconds: 0.5).wav
    let stored = try store.put(clip: clip)
    #expect(
      stored
        == StoredAudio(
          digest: digest(of: clip), bytes: clip.count, mediaType: "audio/wav",
          durationMilliseconds: 500, measure: stored.measure))
    #expect(stored.measure != nil)
    #expect(try store.verify(stored.digest) == .sound(bytes: clip.count))
    #expect(try store.put(clip: clip) == stored)
    #expect(try store.prepare() == 0)
  }
}
