import Glibc

/// Room on the disk that nobody else can take.
///
/// SQLite moves what is committed out of its log into the database, which may have to grow for it; only
/// then can the log be cut, and an addition that found no room for itself may have left the disk full of
/// it. So a disk without a free block could never be helped from within. What is kept here is given back
/// then.
package struct DiskReserve: Sendable {
  private let folder: String
  private let name = "csm.reserve"
  /// A working daemon's log is no longer than that when SQLite moves it: 1000 pages.
  private static let bytes = 4 << 20

  /// - Parameter folder: the state directory.
  package init(in folder: String) { self.folder = folder }

  /// Takes the room, unless it is taken, where `rest` bytes are free beside it; does without it elsewhere.
  package func take(leaving rest: Int64) {
    var status = statvfs()
    guard access(path, F_OK) != 0, statvfs(folder, &status) == 0,
      UInt64(status.f_bavail) * UInt64(status.f_frsize) > UInt64(rest) + UInt64(Self.bytes)
    else { return }
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let file = open(path, flags, 0o660)
    guard file >= 0 else { return }
    let isWhole = posix_fallocate(file, 0, off_t(Self.bytes)) == 0
    close(file)
    if !isWhole { release() }
  }

  /// Gives the room back.
  package func release() { unlink(path) }

  private var path: String { "\(folder)/\(name)" }
}
