/// Mono PCM16 WAV files at 24 kHz, the format of `fal-ai/csm-1b`.
enum Wave {
  /// Frames per second.
  static let rate = 24_000
  /// Bytes before the samples.
  static let headerSize = 44

  /// The size in bytes of a file with this many frames.
  static func size(frames: Int) -> Int { headerSize + 2 * frames }

  /// The file with `samples`.
  static func file(_ samples: [Int16]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size(frames: samples.count))
    bytes += Array("RIFF".utf8) + little(UInt32(size(frames: samples.count) - 8))
    bytes += Array("WAVEfmt ".utf8) + little(UInt32(16))
    bytes += little(UInt16(1)) + little(UInt16(1))
    bytes += little(UInt32(rate)) + little(UInt32(2 * rate))
    bytes += little(UInt16(2)) + little(UInt16(16))
    bytes += Array("data".utf8) + little(UInt32(2 * samples.count))
    // All supported hosts are little-endian, like the file.
    samples.withUnsafeBytes { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// The same file with only silence.
  static func silenced(_ file: [UInt8]) -> [UInt8] {
    file.prefix(headerSize) + [UInt8](repeating: 0, count: max(0, file.count - headerSize))
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
