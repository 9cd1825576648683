import CSMCore

/// The waveform of a recording, for drawing: the peak of each of up to `count` equal parts, in 64 steps.
///
/// The steps are proportional to the square root of the level, which makes quiet parts visible.
package struct Peaks: Sendable, Equatable {
  /// Each from 0 to 63.
  package let steps: [UInt8]

  /// The largest number of parts, as many as a drawing can show.
  package static let count = 120

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// One character per step, in the alphabet of base64url.
  package var text: String {
    String(decoding: steps.map { Self.alphabet[Int($0)] }, as: UTF8.self)
  }
}

extension AudioInfo {
  /// The peaks of the samples, found in one pass and constant memory; nil if their format is not supported.
  ///
  /// - Parameter read: returns bytes of the file (offset, count), fewer only at its end.
  package func peaks(read: (Int, Int) throws -> [UInt8]) rethrows -> Peaks? {
    guard let samples, let channels, channels > 0 else { return nil }
    let frameBytes = samples.format.width * channels
    let frames = samples.bytes.count / frameBytes
    guard frames > 0 else { return nil }
    var meter = PeakMeter(parts: min(Peaks.count, frames), frames: frames)
    let piece = max(1, (1 << 16) / frameBytes)
    var buffer = [Float](repeating: 0, count: piece * channels)
    for first in stride(from: 0, to: frames, by: piece) {
      let wanted = min(piece, frames - first) * frameBytes
      let bytes = try read(samples.bytes.lowerBound + first * frameBytes, wanted)
      let count = bytes.count / frameBytes
      buffer.withUnsafeMutableBufferPointer { buffer in
        let numbers = UnsafeMutableBufferPointer(rebasing: buffer[..<(count * channels)])
        bytes.withUnsafeBytes { raw in
          guard let base = raw.baseAddress else { return }
          samples.format.read(base, into: numbers)
        }
        meter.take(numbers, from: first, channels: channels)
      }
      guard bytes.count == wanted else { break }
    }
    return meter.peaks
  }

  /// The peaks of a complete WAV file in memory, whatever its header says; throws `AudioFault`.
  package static func peaks(wav bytes: [UInt8]) throws -> Peaks? {
    try AudioInfo(length: bytes.count, isWhole: true, read: bytes.part).peaks(read: bytes.part)
  }
}

/// Finds the loudest sample of each part.
private struct PeakMeter {
  private let frames: Int
  private var loudest: [Float]

  init(parts: Int, frames: Int) {
    self.frames = frames
    loudest = Array(repeating: 0, count: parts)
  }

  /// Adds whole frames; `first` is the number of the first one in the file.
  mutating func take(_ numbers: UnsafeMutableBufferPointer<Float>, from first: Int, channels: Int) {
    let end = first + numbers.count / channels
    var frame = first
    while frame < end {
      let part = min(loudest.count - 1, frame * loudest.count / frames)
      // The first frame of the next part.
      let next = min(end, ((part + 1) * frames + loudest.count - 1) / loudest.count)
      var peak = loudest[part]
      for index in (frame - first) * channels..<(max(next, frame + 1) - first) * channels {
        let level = abs(numbers[index])
        if level > peak { peak = level }
      }
      loudest[part] = peak
      frame = max(next, frame + 1)
    }
  }

  var peaks: Peaks {
    Peaks(
      steps: loudest.map { level in
        UInt8((63 * min(1, max(0, level)).squareRoot()).rounded())
      })
  }
}
