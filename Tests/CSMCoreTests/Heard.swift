@testable import CSMCore

/// Synthetic sounds and their measurements.
struct Heard {
  let measure: AudioMeasure?

  /// - Parameter piece: how many bytes to pass to the meter at a time.
  init(_ samples: [Float], as format: SampleFormat = .signed16, channels: Int = 1, piece: Int = 960)
  {
    guard var meter = SampleMeter(format, sampleRate: 24_000, channels: channels) else {
      measure = nil
      return
    }
    let bytes = samples.flatMap { sample in
      (0..<channels).flatMap { _ in Self.bytes(sample, format) }
    }
    let step = max(meter.frameBytes, piece / meter.frameBytes * meter.frameBytes)
    for start in stride(from: 0, to: bytes.count, by: step) {
      bytes[start..<min(start + step, bytes.count)].withUnsafeBytes { meter.take($0) }
    }
    measure = meter.measure
  }

  private static func bytes(_ sample: Float, _ format: SampleFormat) -> [UInt8] {
    func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
      withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    func whole(_ scale: Float) -> Int32 {
      Int32(
        (sample * scale).rounded(.toNearestOrEven).clamped(to: -scale...(scale - scale / 65_536)))
    }
    switch format {
    case .unsigned8: return [UInt8(clamping: Int((sample * 128).rounded()) + 128)]
    case .signed16: return little(Int16(clamping: Int((sample * 32_768).rounded())))
    case .signed24: return Array(little(whole(8_388_608)).prefix(3))
    case .signed32: return little(whole(2_147_483_648))
    case .float32: return little(sample.bitPattern)
    case .float64: return little(Double(sample).bitPattern)
    case .muLaw, .aLaw: return [nearest(sample, format)]
    }
  }

  /// The byte of a companded format that is nearest.
  private static func nearest(_ sample: Float, _ format: SampleFormat) -> UInt8 {
    let values = format == .muLaw ? muLaw : aLaw
    return UInt8(values.indices.min { abs(values[$0] - sample) < abs(values[$1] - sample) } ?? 0)
  }

  private static let muLaw = values(.muLaw)
  private static let aLaw = values(.aLaw)

  static func values(_ format: SampleFormat) -> [Float] {
    let bytes = (UInt8.min...UInt8.max).map(\.self)
    var values = [Float](repeating: 0, count: 256)
    bytes.withUnsafeBytes { bytes in
      values.withUnsafeMutableBufferPointer {
        if let base = bytes.baseAddress { format.read(base, into: $0) }
      }
    }
    return values
  }

  // MARK: Sounds

  static func square(_ seconds: Double, _ height: Float) -> [Float] {
    (0..<Int(seconds * 24_000)).map { $0 / 50 % 2 == 0 ? height : -height }
  }

  /// Alternating syllables of buzz and hiss with different pitches, lengths and pauses, as irregular
  /// as speech.
  static func speech(seconds: Double, seed: UInt64 = 1) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    var samples: [Float] = []
    let count = Int(seconds * 24_000)
    while samples.count < count {
      let length = Int.random(in: 1500...6000, using: &generator)
      let height = Float.random(in: 0.05...0.5, using: &generator)
      let period = Int.random(in: 90...240, using: &generator)
      let isHiss = Int.random(in: 0..<3, using: &generator) == 0
      for index in 0..<length {
        let edge = min(1, Float(min(index, length - index)) / 700)
        let buzz = Float(index % period) / Float(period) * 2 - 1
        let sound = isHiss ? Float.random(in: -0.3...0.3, using: &generator) : buzz * buzz * buzz
        samples.append(edge * height * sound)
      }
      samples += [Float](repeating: 0, count: Int.random(in: 200...2400, using: &generator))
    }
    return Array(samples.prefix(count - 1200)) + [Float](repeating: 0, count: 1200)
  }
}

extension Float {
  fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
