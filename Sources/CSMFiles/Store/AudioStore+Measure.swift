import CSMCore
import Glibc

extension AudioStore {
  /// What an object is, and what its samples show; the latter is nil where they are not read here.
  ///
  /// Throws `AudioFault`, `DamagedObject` and `FileError` (`isMissing`).
  package func measure(_ digest: Digest) throws -> (info: AudioInfo, measure: AudioMeasure?) {
    let file = try open(digest)
    let length = Int(try file.status().st_size)
    // It was judged when it came; what its header promises beyond its end never came.
    let info = try AudioInfo(length: length, isWhole: true) { try file.bytes(at: $0, count: $1) }
    return (info, try info.measure { try file.bytes(at: $0, count: $1) })
  }
}
