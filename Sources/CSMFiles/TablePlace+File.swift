import CSMCore
import Glibc

extension TablePlace {
  /// The place of the file at `path`, which is not opened: SQLite may have it open.
  package init(of path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("look at", path) }
    self.init(
      machine: Self.line("/etc/machine-id"), boot: Self.line("/proc/sys/kernel/random/boot_id"),
      device: Int64(truncatingIfNeeded: status.st_dev),
      inode: Int64(truncatingIfNeeded: status.st_ino))
  }

  private static func line(_ path: String) -> String {
    let text = (try? SmallFile.text(at: path)) ?? ""
    return String(text.prefix { $0 != "\n" })
  }
}
