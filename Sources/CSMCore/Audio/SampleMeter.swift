/// Takes samples as they come, once, and keeps their envelope and their fingerprint.
///
/// Samples are read into a window of 20 ms, their channels mixed into one. A window costs some ten
/// operations a sample, on numbers that are in the nearest cache; memory is bounded by `Envelope`.
package struct SampleMeter: Sendable {
  /// Rates that are a recording's, in Hz; a header that says something else is not believed.
  private static let rates = 4_000...384_000
  private static let channelsMax = 32

  private let format: SampleFormat
  private let channels: Int
  /// The window that is being filled, and the one before it, which tells how the sound ends.
  private var window: [Float]
  private var last: [Float] = []
  private var filled = 0
  /// Samples of a window as they lie in the file.
  private var scratch: [Float]
  private var envelope: Envelope
  private var fingerprint = Fingerprint()

  /// - Returns: nil where the figures are no recording's.
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

  /// Bytes of one sample of each channel.
  package var frameBytes: Int { format.width * channels }

  /// Takes the next samples.
  ///
  /// - Parameter bytes: of whole frames; what is left of one at the end is passed over.
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

  /// Floating point may go beyond full scale, but not without end.
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

  /// What all of them show; nil without a sample.
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

/// A number that sounds with the same samples share, and hardly any others, whatever else their files
/// hold.
///
/// It is compared only with itself and nothing depends on it but a mark, so speed counts more than
/// what a foe could do (FNV-1a's step on 32 bits at a time, in 64).
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
