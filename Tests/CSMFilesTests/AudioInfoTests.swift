import CSMCore
import Testing

@testable import CSMFiles

@Suite("AudioInfo")
struct AudioInfoTests {
  @Test("reads the figures of a WAV file")
  func plainWAV() throws {
    let info = try AudioInfo(sampleWAV(frames: 36_000))
    #expect(info.container == .wav)
    #expect(info.sampleRate == 24_000)
    #expect(info.channels == 1)
    #expect(info.durationMilliseconds == 1500)
  }

  @Test("reads the extensible form, float samples and further chunks")
  func otherWAV() throws {
    let extensible = try AudioInfo(sampleWAV(frames: 4410, rate: 44_100, channels: 2, tag: 0xFFFE))
    #expect(extensible.durationMilliseconds == 100)
    let float = try AudioInfo(sampleWAV(frames: 2400, bits: 32, tag: 3))
    #expect(float.durationMilliseconds == 100)
    // A padding byte follows a chunk of odd length.
    let listed = sampleWAV(before: Array("LIST".utf8) + little(3, 4) + [1, 2, 3, 0])
    #expect(try AudioInfo(listed).durationMilliseconds == 100)
  }

  @Test(
    "an open-ended length extends to the end of the file", arguments: [0, 0xFFFF_FFFF, 0x7FFF_F000])
  func openEnded(declared: Int) throws {
    #expect(try AudioInfo(sampleWAV(declared: declared)).durationMilliseconds == 100)
  }

  @Test("recognises a WAV file that was cut off, with its figures")
  func truncated() throws {
    let whole = sampleWAV()
    #expect(throws: AudioFault.truncated(declared: 4800, present: 4799)) {
      try AudioInfo(whole.dropLast())
    }
    #expect(throws: AudioFault.truncated(declared: 4800, present: 0)) {
      try AudioInfo(Array(whole.prefix(44)))
    }
    for length in 12..<44 {
      #expect(throws: AudioFault.self) { try AudioInfo(Array(whole.prefix(length))) }
    }
  }

  @Test(
    "refuses WAV headers that make no sense",
    arguments: [
      sampleWAV(channels: 0), sampleWAV(rate: 0), sampleWAV(bits: 0),
      sampleWAV(bits: 0, tag: 85), sampleWAV(frames: 0),
      sampleWAV(frames: 0, declared: 0xFFFF_FFFF),
      Array("RIFF1234WAVEdata".utf8) + [4, 0, 0, 0, 1, 2, 3, 4],
      Array("RIFF1234WAVEfmt ".utf8) + [2, 0, 0, 0, 1, 0],
      Array("RIFF1234WAVE".utf8),
    ])
  func senseless(bytes: [UInt8]) {
    #expect(throws: AudioFault.self) { try AudioInfo(bytes) }
  }

  @Test("reads no more than a few hundred chunks")
  func manyChunks() throws {
    let empty = Array("junk".utf8) + little(0, 4)
    let bytes = Array("RIFF1234WAVE".utf8) + (0..<10_000).flatMap { _ in empty }
    var reads = 0
    #expect(throws: AudioFault.malformed("no fmt chunk")) {
      try AudioInfo(length: bytes.count) { offset, count in
        reads += 1
        return Array(bytes.dropFirst(offset).prefix(count))
      }
    }
    #expect(reads < 1000)
  }

  @Test("recognises the other kinds by their first bytes")
  func otherKinds() throws {
    let rest = [UInt8](repeating: 0, count: 60)
    #expect(try AudioInfo(Array("OggS\0\u{2}".utf8) + rest).container == .ogg)
    #expect(try AudioInfo(Array("fLaC\0\0\0\u{22}".utf8) + rest).container == .flac)
    #expect(try AudioInfo(Array("ID3\u{4}\0\0".utf8) + rest).container == .mp3)
    #expect(try AudioInfo([0xFF, 0xFB, 0x90, 0x64, 0] + rest).container == .mp3)
    #expect(try AudioInfo([0xFF, 0xFB, 0x90, 0x64] + rest).durationMilliseconds == nil)
  }

  @Test(
    "does not accept just the beginning of a file",
    arguments: ["fLaC", "fLaC\0\0\0\u{22}", "OggS\0\u{2}", "ID3\u{4}\0\0"])
  func beginnings(_ text: String) {
    #expect(throws: AudioFault.self) { try AudioInfo(Array(text.utf8)) }
  }

  @Test("accepts nothing else as audio")
  func notAudio() {
    #expect(throws: AudioFault.empty) { try AudioInfo([]) }
    #expect(throws: AudioFault.unknownFormat(head: Array("<!DOCTYPE html><".utf8))) {
      try AudioInfo(Array("<!DOCTYPE html><html>".utf8))
    }
    // An AAC frame, and bytes with the sync of MPEG but invalid values.
    for bytes: [UInt8] in [
      [0xFF, 0xF1, 0x50, 0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFE, 0, 0],
    ] {
      #expect(throws: AudioFault.unknownFormat(head: bytes)) { try AudioInfo(bytes) }
    }
  }

  @Test("either recognises any bytes or says why not")
  func anyBytes() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let whole = sampleWAV(
      frames: 50, tag: 0xFFFE, before: Array("LIST".utf8) + little(2, 4) + [1, 2])
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let extremes: [UInt8] = [
          0, 1, 0x7F, 0x80, 0xFE, 0xFF, .random(in: 0...255, using: &random),
        ]
        bytes[Int.random(in: 0..<90, using: &random)] = extremes.randomElement(using: &random) ?? 0
      }
      bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      do {
        let info = try AudioInfo(bytes)
        guard info.container == .wav else { continue }
        let isPositive = [info.sampleRate, info.channels].allSatisfy { $0.map { $0 > 0 } ?? false }
        #expect(isPositive && info.durationMilliseconds.map { $0 >= 0 } == true, "seed \(seed)")
      } catch {
        #expect(error is AudioFault, "seed \(seed)")
      }
    }
  }

  @Test("does not overflow with any declared length", arguments: [Int.max, 1 << 40, 13, -1])
  func absurdLengths(length: Int) throws {
    let bytes = sampleWAV(declared: 0xFFFF_FFFF)
    _ = try? AudioInfo(length: length) { offset, count in
      Array((bytes + bytes).dropFirst(min(offset, 60)).prefix(count))
    }
    let info = try? AudioInfo(length: length) { Array(bytes.dropFirst($0).prefix($1)) }
    #expect((info == nil) == (length < 44))
  }
}

@Suite("AudioInfo of files made of boxes")
struct BoxedAudioTests {
  private static func big(_ number: Int, _ count: Int) -> [UInt8] {
    little(number, count).reversed()
  }

  private static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
    big(8 + content.count, 4) + Array(type.utf8) + content
  }

  private static let brand = box("ftyp", Array("M4A ".utf8) + big(0, 4))
  private static let data = box("mdat", [UInt8](repeating: 1, count: 100))

  private static func film(_ head: [UInt8]) -> [UInt8] {
    box("moov", box("free", [0]) + box("mvhd", head))
  }

  private static let short = film(big(0, 12) + big(48_000, 4) + big(72_000, 4) + big(0, 80))
  private static let long = film(big(1, 1) + big(0, 19) + big(1000, 4) + big(2500, 8))

  @Test("reads the duration of an MP4, wherever its header is")
  func mp4() throws {
    let wide = Self.big(1, 4) + Array("mdat".utf8) + Self.big(20, 8) + [1, 2, 3, 4]
    let last = Self.big(0, 4) + Array("mdat".utf8) + [1, 2, 3, 4]
    for (bytes, milliseconds) in [
      (Self.brand + Self.short + Self.data, 1500), (Self.brand + Self.data + Self.short, 1500),
      (Self.brand + Self.long + Self.data, 2500),
      (Self.brand + Self.film(Self.big(0, 20)) + Self.data, nil),
      (Self.brand + Self.long + wide, 2500), (Self.brand + Self.long + last, 2500),
    ] as [([UInt8], Int?)] {
      let info = try AudioInfo(bytes)
      #expect(info.container == .m4a && info.durationMilliseconds == milliseconds)
    }
  }

  @Test("does not accept pictures, lone headers or truncated files as audio")
  func unsoundMP4() {
    let whole = Self.brand + Self.short + Self.data
    let others = [
      Self.brand + Self.data, whole + [0], Self.brand + Self.short + Self.box("mdat", []),
      Self.brand + Self.short + Self.big(1, 4) + Array("mdat".utf8) + Self.big(-1, 8) + [1],
    ]
    for bytes in others + (1..<whole.count).map({ Array(whole.prefix($0)) }) {
      #expect(throws: AudioFault.self) { try AudioInfo(bytes) }
    }
  }

  private static func aiff(_ type: String = "AIFF", sound: Int = 100) -> [UInt8] {
    // 24,000 Hz: 24,000 × 2^-14 × 2^14.
    let rate = big(0x400D, 2) + big(24_000 << 17, 4) + big(0, 4)
    let common = big(1, 2) + big(36_000, 4) + big(16, 2) + rate
    let chunks =
      Array("COMM".utf8) + big(18, 4) + common + Array("NAME".utf8) + big(1, 4) + [65, 0]
      + Array("SSND".utf8) + big(8 + sound, 4) + [UInt8](repeating: 0, count: 8 + sound)
    return Array("FORM".utf8) + big(4 + chunks.count, 4) + Array(type.utf8) + chunks
  }

  @Test("reads the duration of an AIFF, and recognises one that is cut off")
  func aiff() throws {
    #expect(try AudioInfo(Self.aiff()).durationMilliseconds == 1500)
    #expect(try AudioInfo(Self.aiff("AIFC")).container == .aiff)
    #expect(throws: AudioFault.self) { try AudioInfo(Self.aiff(sound: 0)) }
    for count in 12..<Self.aiff().count {
      #expect(throws: AudioFault.self) { try AudioInfo(Self.aiff().prefix(count).map(\.self)) }
    }
  }

  @Test("recognises WebM, CAF and AMR by their first bytes, without a duration")
  func others() throws {
    let rest = [UInt8](repeating: 0, count: 80)
    for (head, container) in [
      ([0x1A, 0x45, 0xDF, 0xA3], AudioInfo.Container.webm), (Array("caff\0\u{1}\0\0".utf8), .caf),
      (Array("#!AMR\n".utf8), .amr),
    ] {
      let info = try AudioInfo(head + rest)
      #expect(info.container == container && info.durationMilliseconds == nil)
      #expect(throws: AudioFault.self) { try AudioInfo(head) }
    }
  }
}
