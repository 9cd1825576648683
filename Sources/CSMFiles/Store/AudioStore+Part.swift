import CSMCore
import Glibc

extension AudioStore {
  /// A part of an object, shorter where the object ends; nothing is hashed.
  ///
  /// - Throws: `DamagedObject` where something else stands in its place, and `FileError` (`isMissing`).
  package func part(of digest: Digest, at offset: Int, count: Int) throws -> [UInt8] {
    try open(digest).bytes(at: offset, count: count)
  }
}
