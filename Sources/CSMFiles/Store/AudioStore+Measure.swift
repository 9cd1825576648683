import CSMCore
import Glibc

extension AudioStore {
  /// What an object is, and what its samples show; the latter is nil where they are not read here.
  ///
  /// Throws `AudioFault`, `DamagedObject` and `FileError` (`isMissing`).
  package func measure(_ digest: Digest) throws -> (info: AudioInfo, measure: AudioMeasure?) {
    let (info, read) = try look(at: digest)
    return (info, try info.measure(read: read))
  }

  /// What an object is, and its peaks; the latter are nil where its samples are not read here.
  ///
  /// Throws as `measure` does.
  package func peaks(_ digest: Digest) throws -> (info: AudioInfo, peaks: Peaks?) {
    let (info, read) = try look(at: digest)
    return (info, try info.peaks(read: read))
  }

  private func look(
    at digest: Digest
  ) throws -> (info: AudioInfo, read: (Int, Int) throws -> [UInt8]) {
    let file = try open(digest)
    let length = Int(try file.status().st_size)
    let read = { (offset: Int, count: Int) in try file.bytes(at: offset, count: count) }
    // It was judged when it came; what its header promises beyond its end never came.
    return (try AudioInfo(length: length, isWhole: true, read: read), read)
  }
}
