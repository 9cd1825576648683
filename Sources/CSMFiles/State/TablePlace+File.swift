import CLinux
import CSMCore
import Glibc

extension TablePlace {
  /// The place of the file at `path`, which is not opened: SQLite may have it open.
  package init(of path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("look at", path) }
    self.init(
      machine: Self.line("/etc/machine-id"), boot: Self.line("/proc/sys/kernel/random/boot_id"),
      origin: Self.birth(of: path) ?? Int64(truncatingIfNeeded: status.st_dev),
      inode: Int64(truncatingIfNeeded: status.st_ino))
  }

  /// When the file was made, which stays when its file system is mounted again and no copy shares; nil
  /// where that is not known.
  private static func birth(of path: String) -> Int64? {
    let time = birth_time(path)
    return time == 0 ? nil : time
  }

  private static func line(_ path: String) -> String {
    let text = (try? SmallFile.text(at: path)) ?? ""
    return String(text.prefix { $0 != "\n" })
  }
}
