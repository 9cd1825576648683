import CSMCore
import CSMFal
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// The state directory: may it be used, is there room, is the database sound.
struct StateCheck {
  let settings: Settings
  let state: StateDirectory

  func findings() throws -> [Finding] {
    try state.asOwner { [directory, room, database, daemon] }
  }

  private var directory: Finding {
    do {
      try state.requireAccess()
      switch try state.condition() {
      case .usable: return Finding("directory", .ok, state.path)
      case .absent: return Finding("directory", .ok, "\(state.path) will be made at the first use")
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
      return "run it as the service's user, or belong to the group that owns it (csm)"
    }
    return error.isReadOnly ? "mount it for writing" : "repair it, or set CSM_STATE_DIR"
  }

  private var room: Finding {
    do {
      let free = Int64(try AudioStore(root: state.nearest).freeBytes())
      let text = "\(free >> 20) MiB are free"
      guard free >= settings.limits.freeBytesMin else {
        return Finding(
          "room", .fail,
          "\(text), \(settings.limits.freeBytesMin >> 20) MiB are needed: make room on the disk of "
            + state.nearest)
      }
      return Finding("room", .ok, text)
    } catch {
      return Finding("room", .fail, "\(error)")
    }
  }

  private var database: Finding {
    guard access(state.database, F_OK) == 0 || errno != ENOENT else {
      return Finding("database", .ok, "none yet: the first start or addition makes it")
    }
    do {
      let table = try JobTable(reading: state.database)
      if let complaints = try table.integrityComplaints(isQuick: true) {
        return Finding(
          "database", .fail, "damaged (\(complaints)): restore a backup (systemd/README.md)")
      }
      let jobs = try table.jobCounts().values.reduce(0, +)
      return Finding("database", .ok, "sound, \(jobs) job\(jobs == 1 ? "" : "s")")
    } catch TableError.missing {
      return Finding("database", .ok, "empty: the first start fills it")
    } catch {
      return Finding("database", .fail, Failure(ofDaemon: error).sentences.joined(separator: "; "))
    }
  }

  private var daemon: Finding {
    Finding(
      "csmd", .ok, ProcessLock.isHeld(path: state.lock) ? "runs here" : "does not run here now")
  }
}

/// The libraries of the system that are loaded.
enum LibraryCheck {
  static var all: [Finding] { [sqlite, curl] }

  private static var sqlite: Finding {
    guard let version = try? SQLiteVersion.loaded() else {
      return Finding("SQLite", .fail, "cannot be used: install libsqlite3-0")
    }
    guard version.hasWALResetBug else { return Finding("SQLite", .ok, version.description) }
    return Finding(
      "SQLite", .ok,
      "\(version), with the WAL-reset bug (fixed in 3.51.3): csm's programs write one at a time "
        + "because of it, so let no other program write to csm.db")
  }

  private static var curl: Finding {
    guard let library = CurlTransport.library() else {
      return Finding("libcurl", .fail, "older than 7.70: install a newer libcurl4")
    }
    guard let tls = library.tls else {
      return Finding("libcurl", .fail, "\(library.version) speaks no TLS: install libcurl4")
    }
    let http = library.speaksHTTP2 ? "HTTP/2" : "HTTP/1.1 only"
    return Finding("libcurl", .ok, "\(library.version), \(tls), \(http)")
  }
}
