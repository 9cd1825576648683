import CSMCore
import Glibc
import Testing

@testable import CSMFiles

@Suite("A full disk", .enabled(if: Mount.isPermitted, "needs the right to mount"))
struct FullDiskTests {
  private let folder: TemporaryFolder
  private let store: AudioStore
  private let mount: Mount

  init() throws {
    folder = try TemporaryFolder()
    mount = try Mount("tmpfs", "size=1m", on: ".", in: folder)
    store = AudioStore(root: folder.path)
    try store.prepare()
  }

  @Test("refuses a file without space for it, keeps nothing of it, and works again with space")
  func full() throws {
    let large = sampleWAV(frames: 1 << 20)
    let small = sampleWAV()
    let error = #expect(throws: FileError.self) { try store.put(large) }
    #expect(error?.isOutOfSpace == true)
    #expect(try folder.names("tmp") == [])
    #expect(try store.verify(digest(of: large)) == .absent)
    let stored = try store.put(small)
    #expect(try store.verify(stored.digest) == .sound(bytes: small.count))
  }

  @Test("reports less space when there is less")
  func room() throws {
    let before = try store.freeBytes()
    #expect(before <= 1 << 20)
    let stored = try store.put(sampleWAV(frames: 100_000))
    #expect(try store.freeBytes() <= before - stored.bytes)
  }

  @Test("keeps the earlier text and no part of the new one")
  func text() throws {
    let export = try ExportFolder(path: folder("out"))
    try export.writeText("manifest.jsonl") { line in try line("{}") }
    let error = #expect(throws: FileError.self) {
      try export.writeText("manifest.jsonl") { line in
        for _ in 0..<100_000 { try line("{\"id\":\"a line of some length\"}") }
      }
    }
    #expect(error?.isOutOfSpace == true)
    #expect(try folder.names("out") == ["manifest.jsonl"])
    #expect(try folder.bytes("out/manifest.jsonl") == Array("{}\n".utf8))
  }

  @Test("names a read-only file system as the cause")
  func readOnly() throws {
    #expect(run("/bin/mount", "-o", "remount,ro", folder.path) == 0)
    let prepared = #expect(throws: FileError.self) { try store.prepare() }
    #expect(prepared?.isReadOnly == true)
    let gate = #expect(throws: FileError.self) { _ = try WriteGate(path: folder("csm.gate")) }
    #expect(gate?.isReadOnly == true)
    let lock = #expect(throws: FileError.self) { _ = try ProcessLock(path: folder("csmd.lock")) }
    #expect(lock?.isReadOnly == true)
    #expect(lock?.isNotPermitted == false)
  }
}
