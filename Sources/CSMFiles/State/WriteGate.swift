import CLinux
import Glibc

/// The lock for writing to the database, held by one thread of one process at a time: `flock(2)` on a file
/// of its own.
///
/// It is fair. A writer first takes its turn (an `fcntl` lock on the file's first byte, which is independent
/// of `flock`), then the gate, and then passes the turn on. So a writer that has just left cannot overtake one
/// that is waiting.
///
/// ^Z is blocked while the gate is held, and takes effect afterwards.
package struct WriteGate: Sendable {
  private let path: String
  /// The default for how long to wait.
  let timeout: Duration
  /// Called once with the holder after waiting for `delayMin`.
  private let onDelay: @Sendable (LockBusy) -> Void
  private static let delayMin: Duration = .seconds(3)

  /// Creates the file if necessary, so that missing permissions are noticed at once.
  ///
  /// - Parameter timeout: by default enough for an addition of millions of lines.
  package init(
    path: String, timeout: Duration = .seconds(120),
    onDelay: @escaping @Sendable (LockBusy) -> Void = { _ in }
  ) throws(FileError) {
    self.path = path
    self.timeout = timeout
    self.onDelay = onDelay
    _ = try Descriptor.lockFile(path)
  }

  /// Runs `body` while holding the gate; blocks the calling thread, and is not reentrant.
  ///
  /// - Throws: `LockBusy` after waiting for `timeout`, and what `body` throws.
  package func withLock<Result>(
    timeout: Duration, _ body: () throws -> Result
  ) throws -> Result {
    let deadline = ContinuousClock.now + timeout
    return try StopSignals.blocked {
      // Each call opens the file, since locks belong to the open file description.
      let file = try Descriptor.lockFile(path)
      try wait(until: deadline, for: file) { () throws(FileError) in try file.tryTurn(F_WRLCK) }
      try wait(until: deadline, for: file) { () throws(FileError) in try file.tryLock() }
      _ = try file.tryTurn(F_UNLCK)
      // Closing the file releases the gate.
      return try withExtendedLifetime(file) { try body() }
    }
  }

  /// The process that holds the gate for at least a second, longer than any commit takes; nil if there is
  /// none.
  ///
  /// Takes this long only if there is one.
  package static func keeper(path: String) -> LockBusy? {
    guard let file = Descriptor(reading: path) else { return nil }
    let deadline = ContinuousClock.now + .seconds(1)
    guard let first = LockHolder(ofLockOn: file.number) else { return nil }
    var last = first
    while ContinuousClock.now < deadline {
      usleep(10_000)
      guard let now = LockHolder(ofLockOn: file.number), now.process == first.process else {
        return nil
      }
      last = now
    }
    return LockBusy(path: path, holder: last)
  }

  /// Retries after pauses that grow to 2 ms, which limits the delay of a hand-over.
  private func wait(
    until deadline: ContinuousClock.Instant, for file: borrowing Descriptor,
    _ attempt: () throws(FileError) -> Bool
  ) throws {
    var pause: UInt32 = 100
    var delayedAt: ContinuousClock.Instant? = .now + Self.delayMin
    while try !attempt() {
      let now = ContinuousClock.now
      guard now < deadline else {
        throw LockBusy(path: path, holder: LockHolder(ofLockOn: file.number))
      }
      if let moment = delayedAt, moment <= now {
        delayedAt = nil
        onDelay(LockBusy(path: path, holder: LockHolder(ofLockOn: file.number)))
      }
      usleep(pause)
      pause = min(pause * 2, 2000)
    }
  }
}

extension Descriptor {
  /// Takes or releases the lock on the first byte; returns false if another writer has it.
  fileprivate func tryTurn(_ type: Int32) throws(FileError) -> Bool {
    var range = flock()
    range.l_type = Int16(type)
    range.l_whence = Int16(SEEK_SET)
    range.l_len = 1
    if fcntl(number, ofd_setlk, &range) == 0 { return true }
    guard errno == EAGAIN || errno == EACCES else { throw FileError("lock", path) }
    return false
  }
}
