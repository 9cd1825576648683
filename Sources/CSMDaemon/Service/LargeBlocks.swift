import CLinux

/// What becomes of large blocks of memory when they are freed.
package enum LargeBlocks {
  /// Bytes from which on a block is the kernel's again as soon as it is freed.
  private static let size: Int32 = 256 << 10

  /// Gives them back at once, for as long as the process lives.
  ///
  /// glibc raises its bound with each large block that is freed, and keeps blocks below it: a long
  /// result would stay in memory several times over. A bound that is set stays, mallopt(3).
  package static func giveBack() {
    _ = mallopt(mmap_threshold, size)
  }
}
