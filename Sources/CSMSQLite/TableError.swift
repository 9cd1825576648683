import Foundation
import GRDB
import Glibc

/// Why the job table cannot be used.
package enum TableError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no database at this path.
  case missing(path: String)
  /// The file belongs to another program, or is no database.
  case foreign(path: String)
  /// The file was written by a newer version of these programs.
  case newer(path: String)
  /// Another program holds the database; trying again later helps.
  case busy
  /// The disk is full; nothing was written.
  case full
  /// The user lacks permission to read or write here.
  case notPermitted(path: String)
  /// The file is damaged.
  case damaged(String)
  /// Reading or writing failed; what was written is unknown.
  case failed(String)

  package var description: String {
    switch self {
    case .missing(let path): "there is no database at \(path): add lines first"
    case .foreign(let path):
      "\(path) is not a csm database: set CSM_STATE_DIR to another folder"
    case .newer(let path):
      "\(path) was written by a newer version of csm: install that version"
    case .busy: "another program holds the database: try again"
    case .full: "the disk is full: nothing was written"
    case .notPermitted(let path):
      "no permission to write \(path): join the group that owns it (csm)"
    case .damaged(let reason): "the database is damaged (\(reason)): restore a backup"
    case .failed(let reason): "the database failed: \(reason)"
    }
  }

  /// Maps SQLite's error codes (sqlite.org/rescode.html).
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
  /// SQLite reports "unable to open" for a missing right, a full disk and a failing disk alike.
  private static func unopened(_ path: String) -> TableError {
    if isForbidden(path) { return .notPermitted(path: path) }
    return hasNoRoom(path) ? .full : .failed("\(path) cannot be opened")
  }

  /// SQLite opens a file read-only if it cannot write to it, and reports that only on the first write.
  private static func unwritable(_ path: String) -> TableError {
    isForbidden(path) || isForbidden(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      ? .notPermitted(path: path) : .failed("\(path) cannot be opened for writing")
  }

  private static func isForbidden(_ path: String) -> Bool {
    faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0 && (errno == EACCES || errno == EROFS)
  }

  /// Whether the disk has less room than SQLite's files beside the database need at first.
  private static func hasNoRoom(_ path: String) -> Bool {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return false }
    return UInt64(status.f_bavail) &* UInt64(status.f_frsize) < 1 << 16
  }
}
