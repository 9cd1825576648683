import CSMCore
import Crypto

/// An incremental SHA-256.
struct Checksum: Sendable {
  private var hash = SHA256()

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: bytes)
  }

  /// The digest of all bytes so far.
  var digest: CSMCore.Digest { CSMCore.Digest(SIMD32(hash.finalize())) }
}

extension CSMCore.Digest {
  /// The SHA-256 of bytes in memory.
  package init(of bytes: [UInt8]) {
    var checksum = Checksum()
    bytes.withUnsafeBytes { checksum.update($0) }
    self = checksum.digest
  }

  /// The SHA-256 of a text in UTF-8.
  package init(of text: String) { self.init(of: Array(text.utf8)) }
}
