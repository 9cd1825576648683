/// The lock that every program holds while it writes to the database or checkpoints it.
///
/// SQLite 3.7.0 to 3.51.2 (Debian 12 has such a version) can lose a commit that races a checkpoint
/// of another connection ("WAL-reset bug", sqlite.org/wal.html#walresetbug). The lock prevents
/// this.
package protocol WriteLock: Sendable {
  /// Runs `body` exclusively across all programs, after waiting for the lock.
  func withLock<Result>(_ body: () throws -> Result) throws -> Result
}
