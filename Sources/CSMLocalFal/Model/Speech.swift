import Foundation
import Subprocess

/// Speaks with `espeak-ng` from `PATH`.
///
/// The length of the audio is not known in advance, so the last few files are cached.
actor Speech {
  private var kept: [(id: UUID, file: [UInt8])] = []

  /// The file that says `turns` for the request `id`; nil if `espeak-ng` is missing or fails.
  func file(saying turns: [SpeechInput.Turn], for id: UUID) async -> [UInt8]? {
    if let known = kept.first(where: { $0.id == id }) { return known.file }
    var samples: [Int16] = []
    for turn in turns {
      guard let spoken = await speak(turn) else { return nil }
      samples += spoken
    }
    let file = Wave.file(samples)
    kept.append((id, file))
    if kept.count > 64 { kept.removeFirst() }
    return file
  }

  private func speak(_ turn: SpeechInput.Turn) async -> [Int16]? {
    let voices = ["en", "en+f3", "en+m3", "en+f2", "en+m7"]
    let voice = voices[Int(turn.speaker.magnitude % UInt(voices.count))]
    let outcome = try? await run(
      .name("espeak-ng"), arguments: ["-v", voice, "--stdout", "--", turn.text],
      output: .bytes(limit: 64 << 20))
    guard let outcome, outcome.terminationStatus.isSuccess else { return nil }
    return Self.resampled(outcome.standardOutput)
  }

  /// The samples of a mono PCM16 file, linearly interpolated to 24 kHz.
  private static func resampled(_ file: [UInt8]) -> [Int16] {
    guard file.count > Wave.headerSize else { return [] }
    let rate = (24..<28).reversed().reduce(0) { $0 << 8 | Int(file[$1]) }
    let source = stride(from: Wave.headerSize, to: file.count - 1, by: 2).map {
      Double(Int16(truncatingIfNeeded: Int(file[$0]) | Int(file[$0 + 1]) << 8))
    }
    guard rate > 0, source.count > 1 else { return [] }
    let count = (source.count - 1) * Wave.rate / rate
    return (0..<count).map { frame in
      let place = Double(frame * rate) / Double(Wave.rate)
      let left = Int(place)
      let right = min(left + 1, source.count - 1)
      return Int16(source[left] + (source[right] - source[left]) * (place - Double(left)))
    }
  }
}
