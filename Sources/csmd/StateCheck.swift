import CSMCore
import CSMFal
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// Checks the state directory: access, free space and the integrity of the database.
struct StateCheck {
  let state: StateDirectory

  func findings() throws -> [Finding] {
    try state.asOwner { [directory, room, database, daemon] }
  }

  private var directory: Finding {
    do {
      try state.requireAccess()
      switch try state.condition() {
      case .usable: return Finding("directory", .ok, state.path)
      case .absent: return Finding("directory", .ok, "\(state.path) will be created on first use")
      }
    } catch let denied as AccessDenied {
      return Finding("directory", .fail, denied.description)
    } catch {
      return Finding("directory", .fail, "\(error): \(Self.next(after: error as? FileError))")
    }
  }

  private static func next(after error: FileError?) -> String {
    guard let error else { return "repair it, or set CSM_STATE_DIR" }
    if error.isNotPermitted {
      return "run csmd as the service's user, or join the group that owns it (csm)"
    }
    return error.isReadOnly ? "mount it read-write" : "repair it, or set CSM_STATE_DIR"
  }

  private var room: Finding {
    do {
      let free = Int64(try AudioStore(root: state.nearest).freeBytes())
      let text = "\(free >> 20) MiB is free"
      guard free >= Dispatcher.Limits.freeBytesMin else {
        return Finding(
          "room", .fail,
          "\(text), \(Dispatcher.Limits.freeBytesMin >> 20) MiB is needed: free space on the disk of "
            + state.nearest)
      }
      return Finding("room", .ok, text)
    } catch {
      return Finding("room", .fail, "\(error)")
    }
  }

  private var database: Finding {
    guard access(state.database, F_OK) == 0 || errno != ENOENT else {
      return Finding("database", .ok, "none yet: the first run or add creates it")
    }
    do {
      let table = try JobTable(reading: state.database)
      if let complaints = try table.integrityComplaints(isQuick: true) {
        return Finding(
          "database", .fail, "damaged (\(complaints)): restore a backup (systemd/README.md)")
      }
      let jobs = try table.jobCounts().values.reduce(0, +)
      return Finding("database", .ok, "sound, \(Figures.count(jobs, "job"))")
    } catch TableError.missing {
      return Finding("database", .ok, "empty: the first run sets it up")
    } catch {
      return Finding("database", .fail, Failure(ofDaemon: error).sentences.joined(separator: "; "))
    }
  }

  private var daemon: Finding {
    Finding(
      "csmd", .ok, ProcessLock.isHeld(path: state.lock) ? "running here" : "not running here")
  }
}

/// Checks the loaded system libraries.
enum LibraryCheck {
  static var all: [Finding] { [sqlite, curl] }

  private static var sqlite: Finding {
    guard let version = try? SQLiteVersion.loaded() else {
      return Finding("SQLite", .fail, "cannot be used: install libsqlite3-0")
    }
    guard version.hasWALResetBug else { return Finding("SQLite", .ok, version.description) }
    return Finding(
      "SQLite", .ok,
      "\(version), with the WAL-reset bug (fixed in 3.51.3): csm's programs work around it, but no "
        + "other program may write to csm.db")
  }

  private static var curl: Finding {
    guard let library = CurlTransport.library() else {
      return Finding("libcurl", .fail, "older than 7.70: install a newer libcurl4")
    }
    guard let tls = library.tls else {
      return Finding("libcurl", .fail, "\(library.version) does not support TLS: install libcurl4")
    }
    let http = library.speaksHTTP2 ? "HTTP/2" : "HTTP/1.1 only"
    return Finding("libcurl", .ok, "\(library.version), \(tls), \(http)")
  }
}
