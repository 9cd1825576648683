import CSMCore
import Glibc
import Testing

@testable import CSMFiles

@Suite("ExportFolder")
struct ExportFolderTests {
  private let folder: TemporaryFolder
  private let store: AudioStore
  private let export: ExportFolder

  init() throws {
    folder = try TemporaryFolder()
    store = AudioStore(root: folder("state"))
    try store.prepare()
    export = try ExportFolder(path: folder("out/night"))
  }

  @Test("exports an object under a name, and leaves what has the name")
  func written() throws {
    let bytes = sampleWAV()
    let digest = try store.put(bytes).digest
    let name = try ExportName("scene/1.wav")
    #expect(try export.copy(digest, from: store, as: name))
    #expect(try folder.bytes("out/night/scene/1.wav") == bytes)
    #expect(try !export.copy(digest, from: store, as: name))
    #expect(try folder.names("out/night/scene") == ["1.wav"])
  }

  @Test("gives the user a file of their own, with the usual mode")
  func ownFile() throws {
    let bytes = sampleWAV()
    let digest = try store.put(bytes).digest
    _ = try export.copy(digest, from: store, as: ExportName("a.wav"))
    #expect(try folder.mode("out/night/a.wav") & 0o600 == 0o600)
    try folder.write([1], to: "out/night/a.wav")
    #expect(try store.bytes(digest) == bytes)
  }

  @Test("replaces what has the name only if told to")
  func replaced() throws {
    let old = try store.put(sampleWAV(seed: 1)).digest
    let new = try store.put(sampleWAV(seed: 2)).digest
    let name = try ExportName("a.wav")
    _ = try export.copy(old, from: store, as: name)
    #expect(try !export.copy(new, from: store, as: name))
    #expect(try folder.bytes("out/night/a.wav") == sampleWAV(seed: 1))
    #expect(try export.copy(new, from: store, as: name, isReplacing: true))
    #expect(try folder.bytes("out/night/a.wav") == sampleWAV(seed: 2))
    #expect(try folder.names("out/night") == ["a.wav"])
  }

  @Test("never writes through a link, neither for the file nor for its folder")
  func links() throws {
    let digest = try store.put(sampleWAV()).digest
    try folder.write([1], to: "precious")
    #expect(symlink(folder("precious"), folder("out/night/a.wav")) == 0)
    #expect(mkdir(folder("elsewhere"), 0o700) == 0)
    #expect(symlink(folder("elsewhere"), folder("out/night/scene")) == 0)
    #expect(symlink(folder("nowhere"), folder("out/night/dangling.wav")) == 0)
    for path in ["a.wav", "scene/1.wav", "dangling.wav"] {
      #expect(try !export.copy(digest, from: store, as: ExportName(path)))
    }
    #expect(try folder.bytes("precious") == [1])
    #expect(try folder.names("elsewhere") == [])
    #expect(try !folder.names().contains("nowhere"))
  }

  @Test("leaves folders, pipes and files in the way alone", .timeLimit(.minutes(10)))
  func inTheWay() throws {
    let digest = try store.put(sampleWAV()).digest
    #expect(mkdir(folder("out/night/folder"), 0o700) == 0)
    #expect(mkfifo(folder("out/night/pipe"), 0o600) == 0)
    try folder.write([1], to: "out/night/file")
    for path in ["folder", "pipe", "file", "file/1.wav"] {
      #expect(try !export.copy(digest, from: store, as: ExportName(path)))
    }
    #expect(try folder.bytes("out/night/file") == [1])
  }

  @Test("refuses a damaged object and leaves nothing behind")
  func damaged() throws {
    let digest = try store.put(sampleWAV()).digest
    #expect(chmod(store.path(of: digest), 0o600) == 0)
    #expect(truncate(store.path(of: digest), 100) == 0)
    #expect(throws: DamagedObject.self) {
      try export.copy(digest, from: store, as: ExportName("a.wav"))
    }
    #expect(try folder.names("out/night") == [])
  }

  @Test("writes a text line by line, replacing the earlier one")
  func text() throws {
    try export.writeText("manifest.jsonl") { line in try line("old") }
    try export.writeText("manifest.jsonl") { line in
      for number in 0..<20_000 { try line("{\"n\":\(number)}") }
    }
    let text = String(decoding: try folder.bytes("out/night/manifest.jsonl"), as: UTF8.self)
    #expect(text.split(separator: "\n").count == 20_000)
    #expect(text.hasSuffix("{\"n\":19999}\n"))
    try export.removeText("manifest.jsonl")
    try export.removeText("manifest.jsonl")
    #expect(try folder.names("out/night") == [])
  }

  @Test("appends lines of their own, even after one that was cut off")
  func appended() throws {
    try folder.write(Array("{\"cut".utf8), to: "out/night/notes")
    for name in ["notes", "new"] {
      try export.append(["one", "two"], to: name)
      try export.append([], to: name)
      try export.append(["three"], to: name)
    }
    #expect(try folder.bytes("out/night/notes") == Array("{\"cut\none\ntwo\nthree\n".utf8))
    #expect(try folder.bytes("out/night/new") == Array("one\ntwo\nthree\n".utf8))
  }

  @Test("sweeps temporary files out of the folders of names, and out of no other")
  func swept() throws {
    let temporary = ".csm-0123456789abcdef"
    for name in ["a", "b", "c"] { #expect(mkdir(folder("out/night/\(name)"), 0o700) == 0) }
    for name in ["a", "c"] {
      for file in [temporary, ".csm-mine"] {
        try folder.write([1], to: "out/night/\(name)/\(file)")
      }
    }
    #expect(symlink("c", folder("out/night/link")) == 0)
    let other = try ExportFolder(path: folder("out/night/b"))
    try folder.write([1], to: "out/night/b/\(temporary)")
    try withExtendedLifetime(other) {
      export.sweep(
        beside: try ["1.wav", "a/1.wav", "a/2.wav", "b/1.wav", "link/1.wav", "none/1.wav"].map {
          try ExportName($0)
        })
    }
    #expect(try folder.names("out/night/a") == [".csm-mine"])
    #expect(try folder.names("out/night/b") == [temporary])
    #expect(try folder.names("out/night/c") == [temporary, ".csm-mine"])
    #expect(try folder.names("out/night") == ["a", "b", "c", "link"])
  }

  @Test("keeps the earlier text when writing the new one fails")
  func textGivenUp() throws {
    struct GivenUp: Error {}
    try export.writeText("_missing.csv") { line in try line("old") }
    #expect(throws: GivenUp.self) {
      try export.writeText("_missing.csv") { line in
        try line("new")
        throw GivenUp()
      }
    }
    #expect(try folder.names("out/night") == ["_missing.csv"])
    #expect(try folder.bytes("out/night/_missing.csv") == Array("old\n".utf8))
  }

  @Test(
    "shares blocks if the file system can, and still finds damage",
    .enabled(if: ReflinkFileSystem.isAvailable, "needs mkfs.xfs and the right to mount"))
  func cloned() throws {
    let disk = try ReflinkFileSystem(folder)
    let store = AudioStore(root: disk.path)
    try store.prepare()
    let export = try ExportFolder(path: "\(disk.path)/out")
    let bytes = sampleWAV(frames: 1 << 20)
    let digest = try store.put(bytes).digest
    let before = try store.freeBytes()
    #expect(try export.copy(digest, from: store, as: ExportName("a.wav")))
    #expect(try folder.bytes("disk/out/a.wav") == bytes)
    #expect(try store.freeBytes() > before - bytes.count / 2)
    #expect(chmod(store.path(of: digest), 0o600) == 0)
    #expect(truncate(store.path(of: digest), 100) == 0)
    #expect(throws: DamagedObject.self) {
      try export.copy(digest, from: store, as: ExportName("b.wav"))
    }
    #expect(try folder.names("disk/out") == ["a.wav"])
  }
}

@Suite("Export under faults", .enabled(if: SystemCalls.canBeWatched, SystemCalls.why))
struct ExportFaultTests {
  @Test("syncs the copy before naming it, and the name before returning")
  func order() throws {
    let folder = try TemporaryFolder()
    let store = AudioStore(root: folder("state"))
    try store.prepare()
    let digest = try store.put(sampleWAV()).digest
    let export = try ExportFolder(path: folder("out"))
    let calls = try SystemCalls.watch("write,fsync,renameat2,renameat,linkat,rename") {
      _ = try export.copy(digest, from: store, as: ExportName("a.wav"))
    }
    let steps = calls.filter { $0.contains(folder("out")) }.map { $0.prefix { $0 != "(" } }
    #expect(steps == ["write", "fsync", "renameat2", "fsync"])
  }

  @Test("is whole or absent after any call fails", arguments: ["EIO", "ENOSPC", "EACCES"])
  func sweep(error code: String) throws {
    let folder = try TemporaryFolder()
    let store = AudioStore(root: folder("state"))
    try store.prepare()
    let bytes = sampleWAV()
    let digest = try store.put(bytes).digest
    for call in ["openat", "mkdirat", "write", "fsync", "close", "renameat2", "fstat", "pread64"] {
      for number in 1...40 {
        let export = try ExportFolder(path: folder("out"))
        let calls = try SystemCalls.watch(call, injecting: "\(call):error=\(code):when=\(number)") {
          do {
            #expect(try export.copy(digest, from: store, as: ExportName("s/a.wav")))
          } catch {
            #expect(error is FileError, "\(call) \(number): \(error)")
          }
        }
        let isThere = access(folder("out/s/a.wav"), F_OK) == 0
        if isThere { #expect(try folder.bytes("out/s/a.wav") == bytes, "\(call) \(number)") }
        run("/bin/rm", "-r", folder("out"))
        if !calls.contains(where: { $0.contains("INJECTED") }) { break }
      }
    }
  }
}

extension ExportFolder {
  /// Exports an object; returns false if something is in the way.
  @discardableResult
  func copy(
    _ digest: Digest, from store: AudioStore, as name: ExportName, isReplacing: Bool = false
  ) throws -> Bool {
    guard let draft = try draft(name, copying: digest, from: store) else { return false }
    return try place([draft], replacing: { _ in isReplacing }) == [true]
  }
}

/// A small XFS file system in a file, mounted on `disk` in a test's folder.
private final class ReflinkFileSystem {
  /// Where it is mounted.
  let path: String
  private let mount: Mount

  /// Whether one can be made here.
  static let isAvailable = Mount.isPermitted && run("/usr/bin/env", "mkfs.xfs", "-V") == 0

  init(_ folder: TemporaryFolder) throws {
    path = folder("disk")
    try folder.write([], to: "image")
    try #require(truncate(folder("image"), 400 << 20) == 0)
    try #require(run("/usr/bin/env", "mkfs.xfs", "-q", "-m", "reflink=1", folder("image")) == 0)
    try #require(mkdir(path, 0o700) == 0)
    mount = try Mount("xfs", "loop", from: folder("image"), on: "disk", in: folder)
  }
}
