import Foundation
import Glibc
import Synchronization
import Testing

@testable import CSMFiles

@Suite("ProcessLock")
struct ProcessLockTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("keeps others out and names the holder")
  func held() throws {
    let lock = try ProcessLock(path: folder("csmd.lock"))
    let busy = #expect(throws: LockBusy.self) { _ = try ProcessLock(path: folder("csmd.lock")) }
    #expect(busy?.path == folder("csmd.lock") && busy?.holder?.process == getpid())
    #expect(busy?.isForLife == true)
    #expect(run("/usr/bin/flock", "-n", folder("csmd.lock"), "true") == 1)
    #expect(try folder.bytes("csmd.lock") == Array("\(getpid())\n".utf8))
    lock.release()
    // A process started by another test holds a copy of every lock until it calls exec.
    #expect(run("/usr/bin/flock", "-w", "100", folder("csmd.lock"), "true") == 0)
    try ProcessLock(path: folder("csmd.lock")).release()
  }

  @Test("takes over the file of a process that died, whatever its contents")
  func leftover() throws {
    try folder.write(Array("4194304999999999999\n".utf8), to: "csmd.lock")
    let lock = try ProcessLock(path: folder("csmd.lock"))
    #expect(try folder.bytes("csmd.lock") == Array("\(getpid())\n".utf8))
    lock.release()
  }

  @Test("lets the group lock the file whatever the umask, and follows no link")
  func mode() throws {
    try ProcessLock(path: folder("csmd.lock")).release()
    #expect(try folder.mode("csmd.lock") == 0o660)
    #expect(symlink(folder("target"), folder("link.lock")) == 0)
    #expect(throws: FileError.self) { _ = try ProcessLock(path: folder("link.lock")) }
    #expect(try !folder.names().contains("target"))
  }

  @Test("names missing permissions as the cause")
  func notPermitted() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      chmod(folder.path, 0o555)
      // Root may write anywhere, so this process alone drops its rights.
      if geteuid() == 0 { try #require(seteuid(65_534) == 0) }
      let error = #expect(throws: FileError.self) {
        _ = try ProcessLock(path: folder("csmd.lock"))
      }
      try #require(error?.isNotPermitted == true)
      try #require(error?.isReadOnly == false)
      _ = seteuid(0)
    }
  }
}

@Suite("WriteGate", .timeLimit(.minutes(10)))
struct WriteGateTests {
  private let folder: TemporaryFolder
  private let gate: WriteGate

  init() throws {
    folder = try TemporaryFolder()
    gate = try WriteGate(path: folder("csm.gate"))
  }

  @Test("makes its file for the whole group")
  func mode() throws {
    #expect(try folder.mode("csm.gate") == 0o660)
  }

  @Test("admits one thread or process at a time")
  func exclusive() throws {
    try gate.withLock(timeout: .seconds(100)) {
      #expect(run("/usr/bin/flock", "-n", folder("csm.gate"), "true") == 1)
      let busy = #expect(throws: LockBusy.self) {
        try gate.withLock(timeout: .milliseconds(20)) { Issue.record("two are inside") }
      }
      #expect(busy?.path == folder("csm.gate") && busy?.holder?.process == getpid())
      #expect(busy?.isForLife == false)
    }
    // A process started by another test holds a copy of every lock until it calls exec.
    #expect(run("/usr/bin/flock", "-w", "100", folder("csm.gate"), "true") == 0)
  }

  @Test("opens again after an error inside, and after a timeout")
  func reopens() throws {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try gate.withLock(timeout: .seconds(100)) { throw Failure() }
    }
    // A process started by another test holds a copy of every lock until it calls exec.
    #expect(run("/usr/bin/flock", "-w", "100", folder("csm.gate"), "true") == 0)
    #expect(try gate.withLock(timeout: .zero) { 7 } == 7)
  }

  @Test("loses no increment of many threads without another lock")
  func counting() throws {
    nonisolated(unsafe) var count = 0
    let gate = gate
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<50 {
        do {
          try gate.withLock(timeout: .seconds(300)) {
            let before = count
            sched_yield()
            count = before + 1
          }
        } catch {
          Issue.record(error)
        }
      }
    }
    #expect(count == 400)
  }

  @Test("admits nobody ahead of one who is waiting")
  func fair() throws {
    let holder = open(folder("csm.gate"), O_RDWR | O_CLOEXEC)
    try #require(holder >= 0 && flock(holder, LOCK_EX) == 0)
    let gate = gate
    let isInside = Atomic(false)
    let (leave, left) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      do {
        try gate.withLock(timeout: .seconds(300)) {
          isInside.store(true, ordering: .releasing)
          leave.wait()
        }
      } catch {
        Issue.record(error)
      }
      left.signal()
    }
    defer { leave.signal() }
    let deadline = ContinuousClock.now + .seconds(120)
    while try !isTurnTaken() { try #require(ContinuousClock.now < deadline) }
    close(holder)
    repeat {
      #expect(throws: LockBusy.self) {
        try gate.withLock(timeout: .zero) { Issue.record("ahead of the one who waits") }
      }
    } while !isInside.load(ordering: .acquiring)
    leave.signal()
    left.wait()
  }

  /// Whether the kernel lists a turn lock on the gate.
  private func isTurnTaken() throws -> Bool {
    var status = stat()
    try #require(stat(folder("csm.gate"), &status) == 0)
    return try String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n")
      .contains { $0.contains("OFDLCK") && $0.contains(":\(status.st_ino) ") }
  }
}
