import CLinux
import Glibc

/// The lock under which every write to the database happens, one at a time among all processes
/// and threads: `flock(2)` on a file of its own.
///
/// It is fair. Whoever wants in first takes its turn (a lock on the file's first byte, which
/// `flock` does not see), then the gate, and then gives the turn on. So while somebody waits,
/// whoever has just left cannot slip back in ahead of them.
///
/// Nobody is stopped by ^Z in there: that takes effect when the gate is open again.
package struct WriteGate: Sendable {
  private let path: String
  /// How long the caller waits for its turn where it does not say.
  let patience: Duration
  /// Told once who keeps the caller waiting, when that has lasted for `tellingAfter`.
  private let onDelay: @Sendable (LockBusy) -> Void
  private static let tellingAfter: Duration = .seconds(3)

  /// Makes the file where it is missing, so that a folder one may not write to is known at once.
  ///
  /// - Parameter patience: by default as long as an addition of millions of lines may take.
  package init(
    path: String, patience: Duration = .seconds(120),
    onDelay: @escaping @Sendable (LockBusy) -> Void = { _ in }
  ) throws(FileError) {
    self.path = path
    self.patience = patience
    self.onDelay = onDelay
    _ = try Descriptor.lockFile(path)
  }

  /// Runs `body` while nobody else is inside; blocks the calling thread, and is not reentrant.
  ///
  /// Throws `LockBusy` when the gate did not open within `timeout`, and what `body` throws.
  package func withLock<Result>(
    timeout: Duration, _ body: () throws -> Result
  ) throws -> Result {
    let deadline = ContinuousClock.now + timeout
    return try StopSignals.putOff {
      // Each caller opens the file for itself, since the locks belong to the open file.
      let file = try Descriptor.lockFile(path)
      try wait(until: deadline, for: file) { () throws(FileError) in try file.tryTurn(F_WRLCK) }
      try wait(until: deadline, for: file) { () throws(FileError) in try file.tryLock() }
      _ = try file.tryTurn(F_UNLCK)
      // Closing the file is what opens the gate again.
      return try withExtendedLifetime(file) { try body() }
    }
  }

  /// Who keeps everybody out for longer than any commit takes; nil where nobody does.
  ///
  /// A look takes this long only where somebody does.
  package static func keeper(path: String, within time: Duration = .seconds(1)) -> LockBusy? {
    let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let file = Descriptor(number, path: path)
    let deadline = ContinuousClock.now + time
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

  /// Asks again after short waits that grow to 2 ms, which is what a hand-over may cost.
  private func wait(
    until deadline: ContinuousClock.Instant, for file: borrowing Descriptor,
    _ attempt: () throws(FileError) -> Bool
  ) throws {
    var pause: UInt32 = 100
    var tellsAt: ContinuousClock.Instant? = .now + Self.tellingAfter
    while try !attempt() {
      let now = ContinuousClock.now
      guard now < deadline else {
        throw LockBusy(path: path, holder: LockHolder(ofLockOn: file.number))
      }
      if let moment = tellsAt, moment <= now {
        tellsAt = nil
        onDelay(LockBusy(path: path, holder: LockHolder(ofLockOn: file.number)))
      }
      usleep(pause)
      pause = min(pause * 2, 2000)
    }
  }
}

extension Descriptor {
  /// Takes or gives up the lock on the first byte.
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
