import GRDB

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
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .notPermitted(path: path)
    case .SQLITE_NOTADB: self = .foreign(path: path)
    case .SQLITE_CORRUPT: self = .damaged(error.message ?? "malformed")
    case .SQLITE_CANTOPEN: self = .notPermitted(path: path)
    default:
      self = .failed("\(error.message ?? "no reason given") (\(error.extendedResultCode))")
    }
  }
}

extension TableError {
  /// The exit code for scripts (sysexits.h).
  package var exitCode: Int32 {
    switch self {
    case .missing: 66
    case .foreign, .newer: 78
    case .busy: 75
    case .full, .damaged, .failed: 74
    case .notPermitted: 77
    }
  }
}
