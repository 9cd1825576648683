/// What one pass over the samples of a recording shows.
package struct AudioMeasure: Sendable, Hashable {
  /// The root mean square of all samples; full scale is 1.
  package let level: Double
  /// The longest silence between sounds, in milliseconds.
  package let pauseMilliseconds: Int
  /// The silence after the last sound, in milliseconds.
  package let tailMilliseconds: Int
  /// The share of samples at full scale, from 0 to 1.
  package let clipped: Double

  package init(level: Double, pauseMilliseconds: Int, tailMilliseconds: Int, clipped: Double) {
    self.level = level
    self.pauseMilliseconds = pauseMilliseconds
    self.tailMilliseconds = tailMilliseconds
    self.clipped = clipped
  }
}

/// Measures 16-bit samples as they come, in constant memory.
package struct SampleMeter: Sendable {
  /// Samples of all channels in a window of 20 ms, the grain in which silence is told.
  private let windowSize: Int
  private let samplesPerSecond: Int

  private var count = 0
  private var clipped = 0
  private var energy = 0.0
  private var windowCount = 0
  private var windowEnergy = 0.0
  /// Silent windows in a row until now.
  private var quiet = 0
  private var longestPause = 0
  private var hasSound = false

  private static let windowsPerSecond = 50
  /// −40 dBFS, as energy of a sample.
  private static let silence = 1e-4 * 32768 * 32768

  /// - Parameters:
  ///   - sampleRate: samples a second of one channel, at least 1.
  ///   - channels: at least 1; their samples alternate.
  package init(sampleRate: Int, channels: Int) {
    samplesPerSecond = sampleRate * channels
    windowSize = max(1, samplesPerSecond / Self.windowsPerSecond)
  }

  /// Takes the next samples, each of two bytes with the low one first.
  ///
  /// - Parameter bytes: of whole samples; a last odd byte is passed over.
  package mutating func take(_ bytes: UnsafeRawBufferPointer) {
    guard var next = bytes.baseAddress else { return }
    var left = bytes.count / 2
    while left > 0 {
      let samples = min(left, windowSize - windowCount, Self.runMax)
      take(next, samples: samples)
      next += samples * 2
      left -= samples
      if windowCount == windowSize { endWindow() }
    }
  }

  /// The most samples whose squares' halves add up within 32 bits.
  private static let runMax = 1 << 16

  /// Takes samples of one window, at most `runMax`.
  ///
  /// The squares are added in halves of 16 bits: sums of 32 bits are what compiles to vectors.
  private mutating func take(_ bytes: UnsafeRawPointer, samples: Int) {
    var low: UInt32 = 0
    var high: UInt32 = 0
    var clipped: UInt32 = 0
    for index in 0..<samples {
      let raw = bytes.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self)
      let sample = Int32(Int16(littleEndian: raw))
      let square = UInt32(bitPattern: sample &* sample)
      low &+= square & 0xFFFF
      high &+= square >> 16
      clipped &+= (sample == Int32(Int16.max) ? 1 : 0) &+ (sample == Int32(Int16.min) ? 1 : 0)
    }
    count += samples
    windowCount += samples
    windowEnergy += Double(high) * 65536 + Double(low)
    self.clipped += Int(clipped)
  }

  private mutating func endWindow() {
    if windowEnergy / Double(windowCount) < Self.silence {
      quiet += 1
    } else {
      // Silence before the first sound is no pause.
      if hasSound { longestPause = max(longestPause, quiet) }
      hasSound = true
      quiet = 0
    }
    energy += windowEnergy
    windowEnergy = 0
    windowCount = 0
  }

  /// What all of them show; nil without a sample.
  package var measure: AudioMeasure? {
    guard count > 0 else { return nil }
    let window = 1000 * windowSize / samplesPerSecond
    return AudioMeasure(
      level: ((energy + windowEnergy) / Double(count)).squareRoot() / 32768,
      pauseMilliseconds: longestPause * window, tailMilliseconds: quiet * window,
      clipped: Double(clipped) / Double(count))
  }
}
