/// Another process holds a lock.
package struct LockBusy: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path of the locked file or folder.
  package let path: String
  /// The process that holds it; nil if unknown.
  package let holder: LockHolder?
  /// Whether the holder keeps the lock until it ends.
  package var isForLife = false

  /// One sentence without a full stop.
  package var description: String {
    "\(path) is locked by \(holder?.description ?? "another process")"
  }
}
