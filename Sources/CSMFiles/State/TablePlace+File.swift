import CLinux
import CSMCore
import Glibc

extension TablePlace {
  /// The place of the file at `path`, without opening it, since closing it would release SQLite's locks.
  package init(of path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileError("look at", path) }
    self.init(
      machine: Self.line("/etc/machine-id"), boot: Self.line("/proc/sys/kernel/random/boot_id"),
      origin: Self.birth(of: path) ?? Int64(truncatingIfNeeded: status.st_dev),
      inode: Int64(truncatingIfNeeded: status.st_ino))
  }

  /// When the file was created, which survives a remount, but differs for a copy; nil if unknown.
  private static func birth(of path: String) -> Int64? {
    let time = birth_time(path)
    return time == 0 ? nil : time
  }

  private static func line(_ path: String) -> String {
    let text = (try? SmallFile.text(at: path)) ?? ""
    return String(text.prefix { $0 != "\n" })
  }
}
