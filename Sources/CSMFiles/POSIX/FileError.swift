import Glibc

/// A system call on a file that failed: what was being done, to what, and the system's reason.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done, as a verb that reads before the path: `create`, `write`, `sync`.
  package let action: String
  /// The file or folder it was done to.
  package let path: String
  /// The system's error number.
  package let code: Int32
  /// The reason in our own words, where the system has none for it.
  private let reason: String?

  /// Records the failure of the system call made last, or the given error number.
  package init(
    _ action: String, _ path: String, code: Int32 = errno, because reason: String? = nil
  ) {
    self.action = action
    self.path = path
    self.code = code
    self.reason = reason
  }

  /// Whether room is what is missing: the file system is full or the quota used up.
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

  /// Whether the caller lacks the rights.
  package var isNotPermitted: Bool { code == EACCES || code == EPERM }

  /// Whether the file system is mounted read-only.
  package var isReadOnly: Bool { code == EROFS }

  /// Whether nothing stands under that name.
  package var isMissing: Bool { code == ENOENT }

  /// One sentence without a full stop: `cannot write objects/ab: No space left on device`.
  package var description: String {
    "cannot \(action) \(path): \(reason ?? String(cString: strerror(code)))"
  }
}
