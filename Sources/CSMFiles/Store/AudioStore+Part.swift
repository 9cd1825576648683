import CSMCore
import Glibc

extension AudioStore {
  /// A part of an object, shorter only at its end; the digest is not verified.
  ///
  /// - Throws: `DamagedObject` if it is not a regular file, `FileError` (`isMissing`).
  package func part(of digest: Digest, at offset: Int, count: Int) throws -> [UInt8] {
    try open(digest).bytes(at: offset, count: count)
  }
}
