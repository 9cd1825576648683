import CSMCore
import Testing

@testable import CSMFiles

@Suite("Peaks")
struct PeaksTests {
  /// The peaks of a WAV file with these samples in all channels.
  private func peaks(_ samples: [Int16], channels: Int = 1, bits: Int = 16) throws -> Peaks? {
    var bytes: [UInt8] = []
    for sample in samples {
      for _ in 0..<channels {
        switch bits {
        case 8: bytes.append(UInt8(truncatingIfNeeded: Int(sample >> 8) + 128))
        default: bytes += little(Int(sample) << (bits - 16), bits / 8)
        }
      }
    }
    var wav = sampleWAV(frames: 0, channels: channels, bits: bits, declared: bytes.count)
    wav += bytes
    return try AudioInfo.peaks(wav: wav)
  }

  @Test("each part has the level of its loudest sample, for any sign, width and number of channels")
  func loudest() throws {
    var samples = [Int16](repeating: 0, count: 120 * 10)
    samples[7] = .min
    samples[10] = 8192
    samples[1199] = -2048
    for (channels, bits) in [(1, 16), (2, 16), (3, 24), (1, 32), (2, 8)] {
      let steps = try #require(try peaks(samples, channels: channels, bits: bits)).steps
      #expect(steps.count == 120)
      #expect(steps[0] == 63 && steps[1] == 32 && steps[119] == 16, "\(channels), \(bits)")
      #expect(steps[2..<119].allSatisfy { $0 == 0 })
    }
  }

  @Test("every sample counts in exactly one part", arguments: [121, 997, 70_001])
  func parts(_ count: Int) throws {
    // The level rises, so each part's peak is its last sample.
    let samples = (0..<count).map { Int16($0 * 32_767 / (count - 1)) }
    let steps = try #require(try peaks(samples)).steps
    #expect(steps.count == 120 && steps == steps.sorted() && steps[119] == 63)
    #expect(Set(steps).count > 50)
  }

  @Test("a short sound has as many parts as samples, and an empty one has none")
  func short() throws {
    #expect(try peaks([.max, 0, 8192])?.steps == [63, 0, 32])
    #expect(try peaks([.max, 0, 8192])?.text == "_Ag")
    #expect(throws: AudioFault.empty) { try peaks([]) }
  }

  @Test("NaN counts as silence, and levels beyond full scale as full scale")
  func floats() throws {
    var wav = sampleWAV(frames: 0, bits: 32, tag: 3, declared: 16)
    for sample: Float in [.nan, .infinity, -5, 0.25] { wav += little(Int(sample.bitPattern), 4) }
    #expect(try AudioInfo.peaks(wav: wav)?.steps == [0, 63, 63, 32])
  }

  @Test("compressed audio has none")
  func compressed() throws {
    #expect(try AudioInfo.peaks(wav: Array("OggS".utf8) + [UInt8](repeating: 0, count: 100)) == nil)
  }
}
