import CSMCore

/// Mono sound as samples.
package struct Sound: Sendable, Equatable {
  /// From -1 to 1; floating-point files may exceed this.
  package var samples: [Float]
  /// In samples per second.
  package var rate: Int

  package init(samples: [Float], rate: Int) {
    self.samples = samples
    self.rate = rate
  }

  /// The duration in milliseconds, rounded down.
  package var milliseconds: Int { samples.count * 1000 / max(1, rate) }
}

/// The format of the file that a sound was read from.
package struct SoundFormat: Sendable, Equatable {
  package let rate: Int
  package let channels: Int
  package let bits: Int
}

extension Sound {
  /// Supported rates in Hz; recordings of voices have no others.
  static let rates = 8_000...192_000

  /// Reads a WAV file with PCM (8, 16, 24 or 32 bits), floating-point (32 or 64 bits), A-law or mu-law samples,
  /// and mixes its channels into one.
  ///
  /// - Parameter isWhole: whether the file is known to be complete, whatever its header says, as stored audio
  ///   is.
  /// - Throws: `AudioFault`.
  package static func read(
    wav bytes: [UInt8], isWhole: Bool = false
  ) throws -> (sound: Sound, format: SoundFormat) {
    let header = try WAVHeader(length: bytes.count, isWhole: isWhole, read: bytes.part)
    let format = SoundFormat(
      rate: header.sampleRate, channels: header.channels, bits: header.bitsPerSample)
    guard rates.contains(format.rate) else {
      throw AudioFault.malformed("\(format.rate) Hz")
    }
    guard let sampleFormat = header.sampleFormat else {
      throw AudioFault.malformed("samples that are not PCM of 8 to 32 bits")
    }
    let frames = header.samples.count / (sampleFormat.width * format.channels)
    guard frames > 0 else { throw AudioFault.empty }
    let count = frames * format.channels
    let all = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      bytes.withUnsafeBytes { raw in
        guard let base = raw.baseAddress else { return }
        sampleFormat.read(
          base + header.samples.lowerBound, into: .init(rebasing: buffer[..<count]))
        filled = count
      }
    }
    let samples =
      format.channels == 1
      ? all
      : (0..<frames).map { frame in
        let start = frame * format.channels
        return all[start..<start + format.channels].reduce(0, +) / Float(format.channels)
      }
    guard samples.allSatisfy({ abs($0) <= Self.loudest }) else {
      throw AudioFault.malformed("samples far beyond full scale")
    }
    return (Sound(samples: samples, rate: format.rate), format)
  }

  /// Floating-point samples may exceed full scale, but not by this much; NaN fails the comparison too.
  private static let loudest: Float = 64

  /// A 16-bit mono WAV file without metadata, so the same samples always give the same file.
  package var wav: [UInt8] { Self.header(bytes: samples.count * 2, rate: rate) + pcm }

  /// The header of a 16-bit mono WAV file with `size` bytes of samples.
  package static func header(bytes size: Int, rate: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(44)
    func append(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
    func append(_ number: Int, _ count: Int) {
      for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
    }
    append("RIFF")
    append(36 + size, 4)
    append("WAVEfmt ")
    append(16, 4)
    append(1, 2)  // PCM
    append(1, 2)  // channels
    append(rate, 4)
    append(rate * 2, 4)
    append(2, 2)  // bytes a frame
    append(16, 2)  // bits a sample
    append("data")
    append(size, 4)
    return bytes
  }

  /// The samples as 16-bit little-endian integers, clipped at full scale.
  package var pcm: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: samples.count * 2) { buffer, filled in
      for (index, sample) in samples.enumerated() {
        let value = Int16(min(max((sample * 32_768).rounded(), -32_768), 32_767))
        buffer[2 * index] = UInt8(truncatingIfNeeded: value)
        buffer[2 * index + 1] = UInt8(truncatingIfNeeded: value >> 8)
      }
      filled = samples.count * 2
    }
  }
}
