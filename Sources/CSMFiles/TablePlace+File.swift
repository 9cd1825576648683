import CSMCore
import Glibc

extension TablePlace {
  /// The place of the file at `path`, which is not opened: SQLite may have it open.
  package init(of path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("look at", path) }
    self.init(
      machine: Self.line("/etc/machine-id"), boot: Self.line("/proc/sys/kernel/random/boot_id"),
      device: try Self.fileSystem(of: path) ?? Int64(truncatingIfNeeded: status.st_dev),
      inode: Int64(truncatingIfNeeded: status.st_ino))
  }

  /// The file system's own id (statvfs(3)), which ext4 and btrfs keep when they are mounted again, as the
  /// number of their device may not; nil where it has none.
  private static func fileSystem(of path: String) throws(FileError) -> Int64? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { throw FileError("look at the file system of", path) }
    return status.f_fsid == 0 ? nil : Int64(bitPattern: UInt64(status.f_fsid))
  }

  private static func line(_ path: String) -> String {
    let text = (try? SmallFile.text(at: path)) ?? ""
    return String(text.prefix { $0 != "\n" })
  }
}
