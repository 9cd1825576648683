import CSMCore
import Glibc

extension AudioStore {
  /// Inspects an object and measures its samples; `measure` is nil if their format is not supported.
  ///
  /// - Throws: `AudioFault`, `DamagedObject`, `FileError` (`isMissing`).
  package func measure(_ digest: Digest) throws -> (info: AudioInfo, measure: AudioMeasure?) {
    let (info, read) = try look(at: digest)
    return (info, try info.measure(read: read))
  }

  /// Inspects an object and finds its peaks; `peaks` is nil if the format of its samples is not supported.
  ///
  /// - Throws: as `measure` does.
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
    // It was checked on arrival, so a length in its header beyond the file's end is the header's mistake.
    return (try AudioInfo(length: length, isWhole: true, read: read), read)
  }
}
