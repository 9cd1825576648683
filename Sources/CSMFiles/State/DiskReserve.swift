import Glibc

/// Disk space set aside to recover from a full disk.
///
/// SQLite can only truncate its log after copying it into the database, which may have to grow. If an
/// addition fills the disk with log, there is no space for that. Releasing the reserve provides it.
package struct DiskReserve: Sendable {
  private let folder: String
  private let name = "csm.reserve"
  /// The size of the log at which SQLite copies it: 1000 pages.
  private static let bytes = 4 << 20

  /// - Parameter folder: the state directory.
  package init(in folder: String) { self.folder = folder }

  /// Allocates the reserve unless it exists or would leave less than `rest` bytes; failures are ignored.
  package func take(leaving rest: Int64) {
    guard !isWhole else { return }
    // A crash can leave a part of it, which would be of no use.
    release()
    guard let free = try? AudioStore(root: folder).freeBytes(), free > Int(rest) + Self.bytes
    else { return }
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let file = open(path, flags, 0o660)
    guard file >= 0 else { return }
    let code = posix_fallocate(file, 0, off_t(Self.bytes))
    close(file)
    if code != 0 { release() }
  }

  private var isWhole: Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_size >= Self.bytes
  }

  /// Frees the space.
  package func release() { unlink(path) }

  private var path: String { "\(folder)/\(name)" }
}
