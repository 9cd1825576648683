import CSMCore
import Glibc
import Testing

@testable import CSMFiles

@Suite("Store under faults", .enabled(if: SystemCalls.canBeWatched, SystemCalls.why))
struct StoreFaultTests {
  private let folder: TemporaryFolder
  private let store: AudioStore
  private let bytes = sampleWAV()

  init() throws {
    folder = try TemporaryFolder()
    store = AudioStore(root: folder.path)
    try store.prepare()
  }

  @Test("syncs the file before naming it, and the name before returning")
  func order() throws {
    let calls = try SystemCalls.watch("write,fchmod,fsync,close,rename,renameat,renameat2,linkat") {
      try store.put(bytes)
    }
    #expect(
      try durableSteps(calls) == [
        "write tmp", "write tmp", "fchmod tmp", "fsync tmp", "close tmp", "renameat2 objects",
        "fsync objects",
      ])
  }

  @Test("syncs the folder again when it has the same bytes already")
  func orderOfDuplicate() throws {
    try store.put(bytes)
    let calls = try SystemCalls.watch("fsync,renameat2,utimensat") { try store.put(bytes) }
    #expect(
      try durableSteps(calls)
        == ["fsync tmp", "renameat2 objects", "utimensat objects", "fsync objects"])
  }

  @Test("discards the file after a failed sync, and does not sync it again")
  func failedSync() throws {
    let calls = try SystemCalls.watch("fsync", injecting: "fsync:error=EIO:when=1") {
      let error = #expect(throws: FileError.self) { try store.put(bytes) }
      #expect(error?.code == EIO)
    }
    #expect(try durableSteps(calls) == ["fsync tmp"])
    #expect(try folder.names("tmp") == [])
    #expect(try store.verify(digest(of: bytes)) == .absent)
  }

  @Test("reports a failed sync of the folder, and the whole object may be there")
  func failedFolderSync() throws {
    _ = try SystemCalls.watch("fsync", injecting: "fsync:error=EIO:when=2") {
      #expect(throws: FileError.self) { try store.put(bytes) }
    }
    #expect(try store.verify(digest(of: bytes)) == .sound(bytes: bytes.count))
    try store.put(bytes)
  }

  @Test("links and unlinks if the file system cannot rename without replacing")
  func fallback() throws {
    let fault = "renameat2:error=EINVAL"
    let calls = try SystemCalls.watch("renameat2,linkat,unlinkat,fsync", injecting: fault) {
      try store.put(bytes)
      try store.put(bytes)
    }
    #expect(
      try durableSteps(calls).prefix(5) == [
        "fsync tmp", "renameat2 objects", "linkat objects", "unlinkat tmp", "fsync objects",
      ])
    #expect(try store.bytes(digest(of: bytes)) == bytes)
    #expect(try folder.names("tmp") == [])
  }

  @Test("continues after interrupted calls")
  func interrupted() throws {
    _ = try SystemCalls.watch("write", injecting: "write:error=EINTR:when=1+2") {
      try store.put(bytes)
    }
    #expect(try store.bytes(digest(of: bytes)) == bytes)
  }

  @Test("recognises a lack of space", arguments: ["write", "fsync", "renameat2", "close"])
  func outOfSpace(call: String) throws {
    let incoming = try store.receive(name: "x", limit: 1 << 20)
    _ = try SystemCalls.watch(call, injecting: "\(call):error=ENOSPC") {
      let error = #expect(throws: FileError.self) {
        try bytes.withUnsafeBytes { try incoming.write($0) }
        _ = try incoming.finish()
      }
      #expect(error?.isOutOfSpace == true)
    }
    #expect(try folder.names("tmp") == [])
  }

  @Test(
    "is whole or as before after any call fails, once or from then on",
    arguments: [
      "openat", "write", "fchmod", "fsync", "close", "renameat2", "fstat", "pread64", "utimensat",
      "renameat", "unlinkat",
    ])
  func sweep(call: String) throws {
    let stored = digest(of: bytes)
    for (onwards, damaged) in [(false, false), (true, false), (false, true), (true, true)] {
      for number in 1...40 {
        try reset(stored, damaged: damaged)
        let fault = "\(call):error=EIO:when=\(number)\(onwards ? "+" : "")"
        let calls = try SystemCalls.watch(call, injecting: fault) {
          do {
            let result = try store.put(bytes)
            #expect(result.digest == stored)
          } catch {
            #expect((error as? FileError)?.code == EIO, "\(fault): \(error)")
          }
        }
        let isSound = try store.verify(stored) == .sound(bytes: bytes.count)
        if !damaged { #expect(try isSound || store.verify(stored) == .absent, "\(fault)") }
        try store.prepare()
        try store.put(bytes)
        #expect(try store.verify(stored) == .sound(bytes: bytes.count), "\(fault)")
        #expect(try folder.names("tmp") == [], "\(fault)")
        if !calls.contains(where: { $0.contains("INJECTED") }) { break }
      }
    }
  }

  /// Starts each round with an absent or a damaged object.
  private func reset(_ digest: Digest, damaged: Bool) throws {
    unlink(store.path(of: digest))
    guard damaged else { return }
    try folder.write(
      [1, 2, 3], to: String(store.path(of: digest).dropFirst(folder.path.count + 1)))
  }

  /// The calls on files of this test, as `call place`, in order.
  private func durableSteps(_ calls: [String]) throws -> [String] {
    calls.compactMap { line in
      guard let call = line.split(separator: "(").first, line.contains(folder.path) else {
        return nil
      }
      let isInObjects = line.contains("\(folder.path)/objects/")
      let isInTemporary = line.contains("\(folder.path)/tmp/")
      // Folders are opened and closed too, which makes nothing durable.
      if call == "close", !isInTemporary { return nil }
      return "\(call) \(isInObjects ? "objects" : "tmp")"
    }
  }
}
