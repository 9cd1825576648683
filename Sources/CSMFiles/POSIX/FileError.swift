import Glibc

/// A failed operation on a file.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A verb that reads well before the path: `create`, `write`, `sync`.
  package let action: String
  /// The path of the file or folder.
  package let path: String
  /// The `errno`.
  package let code: Int32
  /// A more helpful reason than the system's; nil to use that.
  private let reason: String?

  /// By default, records the failure of the last system call.
  package init(
    _ action: String, _ path: String, code: Int32 = errno, because reason: String? = nil
  ) {
    self.action = action
    self.path = path
    self.code = code
    self.reason = reason
  }

  /// Whether the file system is full or the quota exhausted.
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether the caller lacks permission.
  package var isNotPermitted: Bool { code == EACCES || code == EPERM }

  /// Whether the file system is mounted read-only.
  package var isReadOnly: Bool { code == EROFS }

  /// Whether the file does not exist.
  package var isMissing: Bool { code == ENOENT }

  /// Such as `cannot write objects/ab: No space left on device`.
  package var description: String {
    "cannot \(action) \(path.isEmpty ? "''" : path): \(reason ?? String(cString: strerror(code)))"
  }
}
