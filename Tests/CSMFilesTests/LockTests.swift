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

  @Test("keeps others out and tells them who has it")
  func held() throws {
    let lock = try ProcessLock(path: folder("csmd.lock"))
    #expect(throws: LockBusy(path: folder("csmd.lock"), holder: getpid())) {
      _ = try ProcessLock(path: folder("csmd.lock"))
    }
    #expect(run("/usr/bin/flock", "-n", folder("csmd.lock"), "true") == 1)
    #expect(try folder.bytes("csmd.lock") == Array("\(getpid())\n".utf8))
    lock.release()
    #expect(run("/usr/bin/flock", "-n", folder("csmd.lock"), "true") == 0)
    try ProcessLock(path: folder("csmd.lock")).release()
  }

  @Test("takes over the file of a process that died, whatever stands in it")
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

  @Test("names missing rights as the cause")
  func notPermitted() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      chmod(folder.path, 0o555)
      // Root may write everywhere; its rights go in this process only.
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

@Suite("WriteGate", .timeLimit(.minutes(1)))
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

  @Test("lets one in at a time, thread or process")
  func exclusive() throws {
    try gate.withLock(timeout: .seconds(5)) {
      #expect(run("/usr/bin/flock", "-n", folder("csm.gate"), "true") == 1)
      #expect(throws: LockBusy(path: folder("csm.gate"), holder: nil)) {
        try gate.withLock(timeout: .milliseconds(20)) { Issue.record("two are inside") }
      }
    }
    #expect(run("/usr/bin/flock", "-n", folder("csm.gate"), "true") == 0)
  }

  @Test("opens again after an error inside, and after a wait that ran out")
  func reopens() throws {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try gate.withLock(timeout: .seconds(5)) { throw Failure() }
    }
    #expect(try gate.withLock(timeout: .zero) { 7 } == 7)
  }

  @Test("loses no count that many threads add to without any other lock")
  func counting() throws {
    nonisolated(unsafe) var count = 0
    let gate = gate
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<50 {
        do {
          try gate.withLock(timeout: .seconds(30)) {
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

  @Test("lets a newcomer in although somebody comes back at once every time")
  func fair() throws {
    let isDone = Atomic(false)
    let busyTurns = Atomic(0)
    let gate = gate
    let path = folder("work")
    // The newcomer comes forty times; the other one works like a writer that syncs.
    DispatchQueue.concurrentPerform(iterations: 2) { place in
      do {
        if place == 0 {
          while !isDone.load(ordering: .acquiring) {
            try gate.withLock(timeout: .seconds(30)) { try work(path) }
            busyTurns.add(1, ordering: .relaxed)
          }
        } else {
          defer { isDone.store(true, ordering: .releasing) }
          for _ in 0..<40 { try gate.withLock(timeout: .seconds(30)) {} }
        }
      } catch {
        Issue.record(error)
      }
    }
    let turns = busyTurns.load(ordering: .relaxed)
    #expect(turns <= 40 * 4, "\(turns) turns of the other one in between")
  }

  /// Some milliseconds of what a commit does.
  private func work(_ path: String) throws {
    let file = open(path, O_RDWR | O_CREAT, 0o600)
    try #require(file >= 0)
    for _ in 0..<5 { try #require(pwrite(file, "x", 1, 0) == 1 && fsync(file) == 0) }
    close(file)
  }
}
