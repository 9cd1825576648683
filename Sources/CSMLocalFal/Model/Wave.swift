/// Mono PCM16 audio at 24 kHz in a RIFF file, the form that `fal-ai/csm-1b` gives out.
enum Wave {
  /// Frames a second.
  static let rate = 24_000
  /// Bytes before the samples.
  static let headerSize = 44

  /// Bytes of a file with so many frames.
  static func size(frames: Int) -> Int { headerSize + 2 * frames }

  /// The file that holds `samples`.
  static func file(_ samples: [Int16]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size(frames: samples.count))
    bytes += Array("RIFF".utf8) + little(UInt32(size(frames: samples.count) - 8))
    bytes += Array("WAVEfmt ".utf8) + little(UInt32(16))
    bytes += little(UInt16(1)) + little(UInt16(1))
    bytes += little(UInt32(rate)) + little(UInt32(2 * rate))
    bytes += little(UInt16(2)) + little(UInt16(16))
    bytes += Array("data".utf8) + little(UInt32(2 * samples.count))
    // The hosts that this runs on are little-endian, as the file is.
    samples.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// The same file without a sound.
  static func silenced(_ file: [UInt8]) -> [UInt8] {
    file.prefix(headerSize) + [UInt8](repeating: 0, count: max(0, file.count - headerSize))
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
