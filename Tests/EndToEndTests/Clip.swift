import Foundation
import Testing

/// Clips that measure like speech.
enum Clip {
  /// A WAV file of 16 bits a sample.
  ///
  /// - Parameter hertz: the pitch; each pitch is another voice.
  static func wav(
    hertz: Double = 180, seconds: Double = 8, rate: Int = 44_100, channels: Int = 2,
    loudness: Double = 0.16
  ) -> [UInt8] {
    let frames = Int(Double(rate) * seconds)
    var bytes = header(rate: rate, channels: channels, size: frames * channels * 2)
    for frame in 0..<frames {
      let time = Double(frame) / Double(rate)
      let sound = sin(2 * .pi * hertz * time) + 0.4 * sin(2 * .pi * 3 * hertz * time)
      let sample = Int16(loudness * 32_767 * sound / 1.4)
      for _ in 0..<channels {
        bytes.append(UInt8(truncatingIfNeeded: sample))
        bytes.append(UInt8(truncatingIfNeeded: sample >> 8))
      }
    }
    return bytes
  }

  private static func header(rate: Int, channels: Int, size: Int) -> [UInt8] {
    func little(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    let format =
      little(1, 2) + little(channels, 2) + little(rate, 4)
      + little(rate * channels * 2, 4) + little(channels * 2, 2) + little(16, 2)
    return Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
      + format + Array("data".utf8) + little(size, 4)
  }

  /// Words for a clip of eight seconds.
  static let words =
    "The kettle is on, the lamps are lit, and the tape is rolling; now we only wait for somebody to speak."
}

extension Stage {
  /// Adds a voice with a clip of its own.
  func addVoice(_ name: String, hertz: Double = 180) async throws {
    let clip = try write(Clip.wav(hertz: hertz), to: "\(name).wav")
    let added = try await enqueue(
      "voice", "add", name, clip, "--text", Clip.words, "--consent", "recorded by me")
    try #require(added.status == 0, "\(added.stderr)")
  }
}
