import CSMCore
import CSMFiles
import CSMSQLite
import Foundation

/// What every command needs: the settings, the state directory, and the table in it.
package struct Workplace {
  package let settings: Settings
  package let state: StateDirectory
  private let note: @Sendable (String) -> Void

  /// - Parameter note: says to a person what keeps the program waiting.
  package init(note: @escaping @Sendable (String) -> Void = { _ in }) throws {
    self.note = note
    let environment = ProcessInfo.processInfo.environment
    settings = try SettingsReader.read(environment: environment)
    state = StateDirectory(setting: settings.stateDirectory, environment: environment)
  }

  /// The same with settings and a folder that are known already.
  package init(
    settings: Settings, state: StateDirectory, note: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.settings, self.state, self.note) = (settings, state, note)
  }

  /// Whether csmd works on the table now.
  package var isAttended: Bool { ProcessLock.isHeld(path: state.lock) }

  /// Runs `body` on the table, only to read it; there must be one.
  package func reading<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try body(openForReading())
  }

  /// The table, only to be read; there must be one.
  package func openForReading() throws -> JobTable {
    try state.asOwner {
      try state.requireAccess()
      guard access(state.database, F_OK) == 0 || errno != ENOENT else {
        throw TableError.missing(path: state.database)
      }
      return try JobTable(reading: state.database)
    }
  }

  /// Runs `body` on the table to write it, makes both where they are missing, and wakes the daemon.
  ///
  /// `body` has the rights of the folder's owner: what only root may read is to be open before.
  package func writing<Value>(_ body: (JobTable) throws -> Value) throws -> Value {
    try state.asOwner {
      try state.prepare()
      let table = try JobTable(
        path: state.database, role: .writer,
        writeLock: WriteGate(path: state.writeGate) { [note] in note("\($0): waiting") })
      let value = try body(table)
      try table.close()
      WakeSocket.wake(path: state.wakeSocket)
      return value
    }
  }

  /// The moment by the system's clock.
  package static func now() -> Timestamp {
    Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
  }
}

extension Author {
  /// Who runs this program; the number stands for the name where the system knows none.
  package static var current: Author {
    let uid = getuid()
    let name = getpwuid(uid).map { String(cString: $0.pointee.pw_name) }
    return Author(name: name ?? String(uid), uid: Int(uid))
  }
}
