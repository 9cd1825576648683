import CLinux

/// Controls when glibc returns large blocks of memory to the kernel.
package enum LargeBlocks {
  /// The least bytes of a block that is returned as soon as it is freed.
  private static let size: Int32 = 256 << 10

  /// Returns large blocks at once, for the rest of the process's life.
  ///
  /// By default, glibc raises its threshold with each large block that is freed and keeps smaller
  /// blocks, so a long result would stay in memory several times over. Setting the threshold fixes
  /// it, see mallopt(3).
  package static func giveBack() {
    _ = mallopt(mmap_threshold, size)
  }
}
