import CSMCore
import Testing

@testable import CSMFiles

/// A WAV file of a quiet ramp, with the faults that a test needs.
func sampleWAV(
  frames: Int = 2400, rate: Int = 24_000, channels: Int = 1, bits: Int = 16,
  tag: Int = 1, declared: Int? = nil, before: [UInt8] = [], seed: UInt8 = 0
) -> [UInt8] {
  let frameBytes = channels * ((bits + 7) / 8)
  var format = little(tag, 2) + little(channels, 2) + little(rate, 4)
  format += little(rate * frameBytes, 4) + little(frameBytes, 2) + little(bits, 2)
  if tag == 0xFFFE {
    format += little(22, 2) + little(bits, 2) + little(0, 4)
    format += little(1, 2) + [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
  }
  let samples = (0..<frames * frameBytes).map { UInt8(truncatingIfNeeded: $0) &+ seed }
  var chunks = Array("WAVEfmt ".utf8) + little(format.count, 4) + format + before
  chunks += Array("data".utf8) + little(declared ?? samples.count, 4) + samples
  return Array("RIFF".utf8) + little(chunks.count, 4) + chunks
}

/// A number as little-endian bytes.
func little(_ number: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

extension AudioStore {
  /// Receives the bytes in two pieces.
  @discardableResult
  func put(_ bytes: [UInt8], limit: Int = 1 << 24) throws -> ReceivedAudio {
    let incoming = try receive(name: "sample", limit: limit)
    try bytes.prefix(100).withUnsafeBytes { try incoming.write($0) }
    try bytes.dropFirst(100).withUnsafeBytes { try incoming.write($0) }
    return try incoming.finish(expecting: bytes.count)
  }

  /// The object's bytes, verified.
  func bytes(_ digest: Digest) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try read(digest) { bytes.append(contentsOf: $0) }
    return bytes
  }
}

/// The digest of bytes in memory.
func digest(of bytes: [UInt8]) -> Digest {
  var checksum = Checksum()
  bytes.withUnsafeBytes { checksum.update($0) }
  return checksum.digest
}
