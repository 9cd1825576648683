/// The one lock under which every program writes to the database or checkpoints it.
///
/// SQLite 3.7.0 to 3.51.2 can lose a commit that races a checkpoint of another connection ("WAL-reset
/// bug", sqlite.org/wal.html#walresetbug), and Debian 12 has such a version: so nobody commits while
/// somebody else checkpoints.
package protocol WriteLock: Sendable {
  /// Runs `body` while nobody else in any program runs under this lock; waits for its turn.
  func withLock<Result>(_ body: () throws -> Result) throws -> Result
}
