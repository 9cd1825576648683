import CSMCore
import Crypto

/// An incremental SHA-256.
struct Checksum: Sendable {
  private var hash = SHA256()

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
  }

  /// The digest of all bytes so far.
  var digest: CSMCore.Digest {
    var bytes = SIMD32<UInt8>()
    for (index, byte) in zip(bytes.indices, hash.finalize()) { bytes[index] = byte }
    return CSMCore.Digest(bytes)
  }
}

extension CSMCore.Digest {
  /// The SHA-256 of bytes in memory.
  package init(of bytes: [UInt8]) {
    var checksum = Checksum()
    bytes.withUnsafeBytes { checksum.update($0) }
    self = checksum.digest
  }
}
