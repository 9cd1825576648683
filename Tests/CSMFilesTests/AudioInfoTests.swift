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
    #expect(info.bitsPerSample == 16)
    #expect(info.durationMilliseconds == 1500)
  }

  @Test("reads the extensible form, float samples and chunks in between")
  func otherWAV() throws {
    let extensible = try AudioInfo(sampleWAV(frames: 4410, rate: 44_100, channels: 2, tag: 0xFFFE))
    #expect(extensible.durationMilliseconds == 100)
    let float = try AudioInfo(sampleWAV(frames: 2400, bits: 32, tag: 3))
    #expect(float.durationMilliseconds == 100)
    // A chunk of odd length is followed by a byte that belongs to none.
    let listed = sampleWAV(before: Array("LIST".utf8) + little(3, 4) + [1, 2, 3, 0])
    #expect(try AudioInfo(listed).durationMilliseconds == 100)
  }

  @Test(
    "takes an open-ended length for all that follows", arguments: [0, 0xFFFF_FFFF, 0x7FFF_F000])
  func openEnded(declared: Int) throws {
    #expect(try AudioInfo(sampleWAV(declared: declared)).durationMilliseconds == 100)
  }

  @Test("finds a WAV file that was cut off, with its figures")
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

  @Test("knows the other kinds by their first bytes")
  func otherKinds() throws {
    let rest = [UInt8](repeating: 0, count: 60)
    #expect(try AudioInfo(Array("OggS\0\u{2}".utf8) + rest).container == .ogg)
    #expect(try AudioInfo(Array("fLaC\0\0\0\u{22}".utf8) + rest).container == .flac)
    #expect(try AudioInfo(Array("ID3\u{4}\0\0".utf8) + rest).container == .mp3)
    #expect(try AudioInfo([0xFF, 0xFB, 0x90, 0x64, 0] + rest).container == .mp3)
    #expect(try AudioInfo([0xFF, 0xFB, 0x90, 0x64] + rest).durationMilliseconds == nil)
  }

  @Test(
    "takes no beginning of a file for the whole",
    arguments: ["fLaC", "fLaC\0\0\0\u{22}", "OggS\0\u{2}", "ID3\u{4}\0\0"])
  func beginnings(_ text: String) {
    #expect(throws: AudioFault.self) { try AudioInfo(Array(text.utf8)) }
  }

  @Test("takes nothing else for audio")
  func notAudio() {
    #expect(throws: AudioFault.empty) { try AudioInfo([]) }
    #expect(throws: AudioFault.unknownFormat(head: Array("<!DOCTYPE html><".utf8))) {
      try AudioInfo(Array("<!DOCTYPE html><html>".utf8))
    }
    // An AAC frame, and bytes with the sync of MPEG but values it cannot have.
    for bytes: [UInt8] in [
      [0xFF, 0xF1, 0x50, 0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFE, 0, 0],
    ] {
      #expect(throws: AudioFault.unknownFormat(head: bytes)) { try AudioInfo(bytes) }
    }
  }

  @Test("says of any bytes either what they are or why not")
  func anyBytes() {
    let seed = UInt64.random(in: .min ... .max)
    var random = Lot(seed: seed)
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

  @Test("does not overflow whatever lengths it is told", arguments: [Int.max, 1 << 40, 13, -1])
  func absurdLengths(length: Int) throws {
    let bytes = sampleWAV(declared: 0xFFFF_FFFF)
    _ = try? AudioInfo(length: length) { offset, count in
      Array((bytes + bytes).dropFirst(min(offset, 60)).prefix(count))
    }
    let info = try? AudioInfo(length: length) { Array(bytes.dropFirst($0).prefix($1)) }
    #expect((info == nil) == (length < 44))
  }
}
