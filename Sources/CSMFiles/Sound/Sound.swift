/// One channel of sound as numbers.
package struct Sound: Sendable, Equatable {
  /// From -1 to 1.
  package var samples: [Float]
  /// Samples a second.
  package var rate: Int

  package init(samples: [Float], rate: Int) {
    self.samples = samples
    self.rate = rate
  }

  /// Playing time in milliseconds, rounded down.
  package var milliseconds: Int { samples.count * 1000 / max(1, rate) }
}

/// How a sound was written down in the file that it came from.
package struct SoundFormat: Sendable, Equatable {
  package let rate: Int
  package let channels: Int
  package let bits: Int

  package init(rate: Int, channels: Int, bits: Int) {
    self.rate = rate
    self.channels = channels
    self.bits = bits
  }
}

extension Sound {
  /// Rates that are read; what is outside is no recording of a voice.
  static let rates = 8_000...192_000

  /// Reads a WAV file of PCM (8, 16, 24 or 32 bits) or floating point (32 or 64 bits), its channels
  /// mixed into one.
  ///
  /// - Throws: `AudioFault`.
  package static func read(wav bytes: [UInt8]) throws -> (sound: Sound, format: SoundFormat) {
    let header = try WAVHeader(length: bytes.count) { offset, count in
      Array(bytes.dropFirst(offset).prefix(count))
    }
    let format = SoundFormat(
      rate: header.sampleRate, channels: header.channels, bits: header.bitsPerSample)
    guard rates.contains(format.rate) else {
      throw AudioFault.malformed("\(format.rate) Hz")
    }
    guard let read = Self.reader(header.codec, bits: format.bits) else {
      throw AudioFault.malformed("samples of a kind that is not PCM of 8 to 32 bits")
    }
    let width = format.bits / 8
    let frames = header.samples.count / (width * format.channels)
    guard frames > 0 else { throw AudioFault.empty }
    var samples = [Float](repeating: 0, count: frames)
    bytes.withUnsafeBytes { raw in
      var place = header.samples.lowerBound
      for frame in 0..<frames {
        var sum: Float = 0
        for _ in 0..<format.channels {
          sum += read(raw, place)
          place += width
        }
        samples[frame] = sum / Float(format.channels)
      }
    }
    guard samples.allSatisfy({ abs($0) <= Self.loudest }) else {
      throw AudioFault.malformed("samples that are no sound")
    }
    return (Sound(samples: samples, rate: format.rate), format)
  }

  /// Floating point may go beyond full scale, but not without end; what is no number is beyond it too.
  private static let loudest: Float = 64

  /// Reads the sample at a place; nil for a kind that is not read here.
  private static func reader(
    _ codec: WAVFormat.Codec, bits: Int
  ) -> ((UnsafeRawBufferPointer, Int) -> Float)? {
    func integer<Number: FixedWidthInteger>(
      _ raw: UnsafeRawBufferPointer, _ place: Int, _ type: Number.Type
    ) -> Number {
      Number(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: type))
    }
    switch (codec, bits) {
    case (.pcm, 8): return { raw, place in (Float(raw[place]) - 128) / 128 }
    case (.pcm, 16): return { raw, place in Float(integer(raw, place, Int16.self)) / 32_768 }
    case (.pcm, 24):
      return { raw, place in
        let low = Int32(integer(raw, place, UInt16.self))
        let high = Int32(Int8(bitPattern: raw[place + 2]))
        return Float(high << 16 | low) / 8_388_608
      }
    case (.pcm, 32): return { raw, place in Float(integer(raw, place, Int32.self)) / 2_147_483_648 }
    case (.float, 32):
      return { raw, place in Float(bitPattern: integer(raw, place, UInt32.self)) }
    case (.float, 64):
      return { raw, place in Float(Double(bitPattern: integer(raw, place, UInt64.self))) }
    default: return nil
    }
  }

  /// The sound as a WAV file of one channel with 16 bits a sample, and nothing else in it: the same
  /// sound is the same file, whatever program wrote the one that it came from.
  package var wav: [UInt8] {
    let size = samples.count * 2
    var bytes: [UInt8] = []
    bytes.reserveCapacity(44 + size)
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
    for sample in samples {
      append(Int(min(max((sample * 32_768).rounded(), -32_768), 32_767)), 2)
    }
    return bytes
  }
}
