/// The encoding of samples in a WAV file; numbers are little-endian.
package enum SampleFormat: Sendable, CaseIterable {
  case unsigned8, signed16, signed24, signed32
  case float32, float64
  /// The companded formats of telephony, 13 or 14 bits in 8 (ITU-T G.711).
  case muLaw, aLaw

  /// Bytes per sample.
  package var width: Int {
    switch self {
    case .unsigned8, .muLaw, .aLaw: 1
    case .signed16: 2
    case .signed24: 3
    case .signed32, .float32: 4
    case .float64: 8
    }
  }

  /// Whether samples may be NaN, infinite or beyond full scale.
  var isFloat: Bool { self == .float32 || self == .float64 }

  /// Reads consecutive samples; full scale is 1.
  package func read(_ bytes: UnsafeRawPointer, into samples: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .unsigned8:
      fill(samples) { (Float(bytes.load(fromByteOffset: $0, as: UInt8.self)) - 128) / 128 }
    case .signed16: fill(samples) { Float(number(bytes, $0 &* 2, Int16.self)) / 32_768 }
    case .signed24:
      fill(samples) { index in
        let low = Int32(number(bytes, index &* 3, UInt16.self))
        let high = Int32(bytes.load(fromByteOffset: index &* 3 &+ 2, as: Int8.self))
        return Float(high << 16 | low) / 8_388_608
      }
    case .signed32: fill(samples) { Float(number(bytes, $0 &* 4, Int32.self)) / 2_147_483_648 }
    case .float32: fill(samples) { Float(bitPattern: number(bytes, $0 &* 4, UInt32.self)) }
    case .float64:
      fill(samples) { Float(Double(bitPattern: number(bytes, $0 &* 8, UInt64.self))) }
    case .muLaw: fill(samples) { Self.muLaw(bytes.load(fromByteOffset: $0, as: UInt8.self)) }
    case .aLaw: fill(samples) { Self.aLaw(bytes.load(fromByteOffset: $0, as: UInt8.self)) }
    }
  }

  @inline(__always)
  private func fill(
    _ samples: UnsafeMutableBufferPointer<Float>, _ sample: (Int) -> Float
  ) {
    for index in 0..<samples.count { samples[index] = sample(index) }
  }

  @inline(__always)
  private func number<Number: FixedWidthInteger>(
    _ bytes: UnsafeRawPointer, _ offset: Int, _ type: Number.Type
  ) -> Number {
    Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// Decodes µ-law: inverted; a sign bit, three bits of exponent, four of mantissa.
  private static func muLaw(_ byte: UInt8) -> Float {
    let bits = Int32(~byte)
    let size = ((bits & 0x0F) << 3 + 0x84) << (bits >> 4 & 7) - 0x84
    return Float(bits & 0x80 == 0 ? size : -size) / 32_768
  }

  /// Decodes A-law, in which every other bit is inverted.
  private static func aLaw(_ byte: UInt8) -> Float {
    let bits = Int32(byte ^ 0x55)
    let exponent = bits >> 4 & 7
    let mantissa = (bits & 0x0F) << 4 + 8
    let size = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
    return Float(bits & 0x80 == 0 ? -size : size) / 32_768
  }
}
