/// Computes envelope and fingerprint from samples as they arrive, in one pass.
///
/// Samples are read into windows of 20 ms, with their channels mixed into one. This costs about ten
/// operations per sample, all on cached data; `Envelope` bounds the memory.
package struct SampleMeter: Sendable {
  /// Plausible sample rates, in Hz; a header with any other rate is not believed.
  private static let rates = 4_000...384_000
  private static let channelsMax = 32

  private let format: SampleFormat
  private let channels: Int
  /// The window being filled, and the one before it, which is needed to see how the sound ends.
  private var window: [Float]
  private var last: [Float] = []
  private var filled = 0
  /// Interleaved samples of a window.
  private var scratch: [Float]
  private var envelope: Envelope
  private var fingerprint = Fingerprint()

  /// - Returns: nil if rate or channels are implausible.
  package init?(_ format: SampleFormat, sampleRate: Int, channels: Int) {
    guard Self.rates.contains(sampleRate), (1...Self.channelsMax).contains(channels) else {
      return nil
    }
    self.format = format
    self.channels = channels
    let frames = sampleRate / Envelope.windowsPerSecond
    window = Array(repeating: 0, count: frames)
    scratch = channels == 1 ? [] : Array(repeating: 0, count: frames * channels)
    envelope = Envelope(milliseconds: Double(frames) * 1000 / Double(sampleRate))
  }

  /// Bytes of a frame: one sample of each channel.
  package var frameBytes: Int { format.width * channels }

  /// Takes the next samples.
  ///
  /// - Parameter bytes: whole frames; an incomplete one at the end is ignored.
  package mutating func take(_ bytes: UnsafeRawBufferPointer) {
    guard var next = bytes.baseAddress else { return }
    var left = bytes.count / frameBytes
    while left > 0 {
      let frames = min(left, window.count - filled)
      read(next, frames)
      if format.isFloat { keepSound(frames) }
      next += frames * frameBytes
      left -= frames
      filled += frames
      if filled == window.count { endWindow() }
    }
  }

  private mutating func read(_ bytes: UnsafeRawPointer, _ frames: Int) {
    let filled = filled
    let channels = channels
    guard channels > 1 else {
      window.withUnsafeMutableBufferPointer {
        format.read(bytes, into: .init(rebasing: $0[filled..<filled + frames]))
      }
      return
    }
    scratch.withUnsafeMutableBufferPointer {
      format.read(bytes, into: .init(rebasing: $0[..<(frames * channels)]))
    }
    for frame in 0..<frames {
      var sum: Float = 0
      for channel in 0..<channels { sum += scratch[frame &* channels &+ channel] }
      window[filled &+ frame] = sum / Float(channels)
    }
  }

  /// Limits floating-point samples, which may exceed full scale, to a sane range.
  private mutating func keepSound(_ frames: Int) {
    let range = filled..<filled + frames
    window.withUnsafeMutableBufferPointer { window in
      for index in range {
        let sample = window[index]
        window[index] = sample.isFinite ? min(max(sample, -64), 64) : 0
      }
    }
  }

  private mutating func endWindow() {
    window.withUnsafeBufferPointer {
      fingerprint.take($0)
      envelope.append(Envelope.Window($0))
    }
    swap(&window, &last)
    if window.isEmpty { window = Array(repeating: 0, count: last.count) }
    filled = 0
  }

  /// The measurements so far; nil without samples.
  package var measure: AudioMeasure? {
    var envelope = envelope
    var fingerprint = fingerprint
    window.withUnsafeBufferPointer { window in
      guard filled > 0 else { return }
      let rest = UnsafeBufferPointer(rebasing: window[..<filled])
      fingerprint.take(rest)
      envelope.append(Envelope.Window(rest))
    }
    let ending = (last + window[..<filled]).suffix(max(1, window.count / 2))
    envelope.ending = ending.withContiguousStorageIfAvailable(Envelope.Window.init)
    return AudioMeasure(envelope, fingerprint: fingerprint.value)
  }
}

/// A hash of the samples alone, whatever else their file holds.
///
/// Only the mark for duplicates depends on it, so it is fast rather than collision-resistant
/// (FNV-1a on 32 bits at a time, in 64).
struct Fingerprint: Sendable {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func take(_ samples: UnsafeBufferPointer<Float>) {
    var value = value
    for sample in samples {
      value = (value ^ UInt64(sample.bitPattern)) &* 0x9E37_79B9_7F4A_7C15
      value ^= value >> 29
    }
    self.value = value
  }
}
