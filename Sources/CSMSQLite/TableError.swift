import Foundation
import GRDB
import Glibc

/// Why the job table cannot be used.
package enum TableError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no database at this path.
  case missing(path: String)
  /// The file is a database of another program, or none at all.
  case foreign(path: String)
  /// The file was written by a newer version of these programs.
  case newer(path: String)
  /// Another program holds the database; trying again later helps.
  case busy
  /// The disk is full: nothing was written.
  case full
  /// The user may not write, or not read, here.
  case notPermitted(path: String)
  /// The file is damaged.
  case damaged(String)
  /// Reading or writing failed: nothing is known about what was written.
  case failed(String)

  package var description: String {
    switch self {
    case .missing(let path): "there is no database at \(path): add lines first"
    case .foreign(let path):
      "\(path) is not a database of csm: name another folder by CSM_STATE_DIR"
    case .newer(let path):
      "\(path) was written by a newer version of csm: install that version"
    case .busy: "another program holds the database: try again"
    case .full: "the disk is full: nothing was written"
    case .notPermitted(let path):
      "no permission to write \(path): who enqueues must belong to the group that owns it (csm)"
    case .damaged(let reason): "the database is damaged (\(reason)): restore a backup"
    case .failed(let reason): "the database failed: \(reason)"
    }
  }

  /// Sorts SQLite's own error codes (sqlite.org/rescode.html).
  init(_ error: DatabaseError, path: String) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
    case .SQLITE_FULL: self = .full
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .unwritable(path)
    case .SQLITE_NOTADB: self = .foreign(path: path)
    case .SQLITE_CORRUPT: self = .damaged(error.message ?? "malformed")
    case .SQLITE_CANTOPEN: self = .unopened(path)
    case _ where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE && Self.hasNoRoom(path):
      self = .full
    default:
      self = .failed("\(error.message ?? "no reason given") (\(error.extendedResultCode))")
    }
  }
}

extension TableError {
  /// SQLite says "unable to open" whatever the reason is: a missing right, no room for the files beside
  /// the database, a disk that fails.
  private static func unopened(_ path: String) -> TableError {
    if isForbidden(path) { return .notPermitted(path: path) }
    return hasNoRoom(path) ? .full : .failed("\(path) cannot be opened")
  }

  /// SQLite reads a file that it cannot open for writing, whatever the reason is, and says so only when
  /// it is to write.
  private static func unwritable(_ path: String) -> TableError {
    isForbidden(path) || isForbidden(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      ? .notPermitted(path: path) : .failed("\(path) cannot be opened for writing")
  }

  private static func isForbidden(_ path: String) -> Bool {
    faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0 && (errno == EACCES || errno == EROFS)
  }

  /// Whether the disk has less room than SQLite's files beside the database take at first.
  private static func hasNoRoom(_ path: String) -> Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    return UInt64(status.f_bavail) &* UInt64(status.f_frsize) < 1 << 16
  }
}
