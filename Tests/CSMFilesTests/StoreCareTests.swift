import CSMCore
import Foundation
import Glibc
import Testing

@testable import CSMFiles

@Suite("Store maintenance")
struct StoreCareTests {
  private let folder: TemporaryFolder
  private let store: AudioStore

  private static let recently = Timestamp(milliseconds: 0)
  private static let never = Timestamp(milliseconds: .max)

  init() throws {
    folder = try TemporaryFolder()
    store = AudioStore(root: folder("csm"))
    try store.prepare()
  }

  private func entries() throws -> [AudioStore.ShardEntry] {
    try (UInt8.min...UInt8.max).flatMap { try store.entries(shard: $0) }
  }

  /// Changes the object's file, as a failing disk or an accident would.
  private func damage(_ digest: Digest) throws {
    let path = store.path(of: digest)
    try #require(chmod(path, 0o640) == 0)
    try Data("damaged".utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test("lists everything in a shard, objects or not")
  func shards() throws {
    let stored = try store.put(sampleWAV())
    let stray = "csm/objects/\(stored.digest.hex.prefix(2))/notes.txt"
    try folder.write([1, 2], to: stray)
    let found = try entries().sorted { $0.bytes < $1.bytes }
    #expect(found.count == 2)
    #expect(found[0].digest == nil && found[0].path == folder(stray) && !found[0].isReadOnly)
    #expect(found[1].digest == stored.digest && found[1].bytes == stored.bytes)
    #expect(found[1].isReadOnly && found[1].isRegular)
  }

  @Test("copies objects that another store lacks or has damaged")
  func copy() throws {
    let other = AudioStore(root: folder("backup"))
    try other.prepare()
    let stored = try store.put(sampleWAV())
    #expect(try store.copy(stored.digest, bytes: stored.bytes, to: other))
    #expect(try other.verify(stored.digest) == .sound(bytes: stored.bytes))
    #expect(
      try folder.mode(String(other.path(of: stored.digest).dropFirst(folder("").count))) == 0o440)
    #expect(try !store.copy(stored.digest, bytes: stored.bytes, to: other))
    let path = other.path(of: stored.digest)
    try #require(chmod(path, 0o640) == 0 && truncate(path, 10) == 0)
    #expect(try store.copy(stored.digest, bytes: stored.bytes, to: other))
    #expect(try other.verify(stored.digest) == .sound(bytes: stored.bytes))
  }

  @Test("does not copy a damaged object, and says so")
  func copyDamaged() throws {
    let other = AudioStore(root: folder("backup"))
    try other.prepare()
    let stored = try store.put(sampleWAV())
    try damage(stored.digest)
    #expect(throws: DamagedObject.self) {
      try store.copy(stored.digest, bytes: stored.bytes, to: other)
    }
    #expect(try other.verify(stored.digest) == .absent)
    #expect(try folder.names("backup/tmp") == [])
  }

  @Test("quarantines damaged objects, and restores those that turn out sound")
  func quarantine() throws {
    let stored = try store.put(sampleWAV())
    #expect(try store.quarantine(ifDamaged: stored.digest) == nil)
    #expect(try store.verify(stored.digest) == .sound(bytes: stored.bytes))
    #expect(try store.quarantined().isEmpty)
    try damage(stored.digest)
    let path = try #require(try store.quarantine(ifDamaged: stored.digest))
    #expect(try store.verify(stored.digest) == .absent)
    #expect(try store.quarantined().map(\.path) == [path])
    #expect(try store.quarantine(ifDamaged: stored.digest) == nil)
  }

  @Test("removes only old objects that nothing refers to")
  func remove() throws {
    let stored = try store.put(sampleWAV())
    #expect(try !store.remove(stored.digest, unstoredSince: Self.recently) { false })
    #expect(try !store.remove(stored.digest, unstoredSince: Self.never) { true })
    #expect(try store.contains(stored.digest))
    #expect(try store.remove(stored.digest, unstoredSince: Self.never) { false })
    #expect(try !store.contains(stored.digest))
    #expect(try !store.remove(stored.digest, unstoredSince: Self.never) { false })
  }

  @Test("storing the same bytes again protects them from a sweep")
  func touched() throws {
    let stored = try store.put(sampleWAV())
    var old = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
    try #require(utimensat(AT_FDCWD, store.path(of: stored.digest), &old, 0) == 0)
    let limit = Timestamp(milliseconds: 2_000_000)
    try store.put(sampleWAV())
    #expect(try !store.remove(stored.digest, unstoredSince: limit) { false })
    #expect(try store.contains(stored.digest))
  }

  @Test("a sweep never removes bytes that are being stored at the same moment")
  func race() throws {
    let wav = sampleWAV()
    let digest = try store.put(wav).digest
    var old = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
    try #require(utimensat(AT_FDCWD, store.path(of: digest), &old, 0) == 0)
    let putting = DispatchGroup()
    putting.enter()
    let isSwept = try store.remove(digest, unstoredSince: Timestamp(milliseconds: 2_000_000)) {
      // Its age was checked. A concurrent store must wait, or would rely on a file being removed.
      Thread.detachNewThread { [store] in
        _ = try? store.put(wav)
        putting.leave()
      }
      #expect(putting.wait(timeout: .now() + .milliseconds(300)) == .timedOut)
      return false
    }
    #expect(isSwept)
    #expect(putting.wait(timeout: .now() + .seconds(200)) == .success)
    #expect(try store.verify(digest) == .sound(bytes: wav.count))
  }

  @Test("a backup's database gets its name only on success; two in one second are distinct")
  func backup() throws {
    let backups = try BackupFolder(path: folder("backup"))
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try backups.add("csm-2026-11-25T03-00-00.000Z.db") { _ in throw Broken() }
    }
    #expect(try backups.databases() == [])
    #expect(try folder.names("backup/tmp") == [])
    for quarter in 0..<4 {
      let now = Timestamp(milliseconds: 1_795_460_400_000 + Int64(quarter) * 250)
      let size = try backups.add(BackupFolder.name(at: now)) { path in
        Data("database \(quarter)".utf8).withUnsafeBytes { bytes in
          let file = open(path, O_WRONLY)
          defer { close(file) }
          return write(file, bytes.baseAddress, bytes.count)
        }
      }
      #expect(size == 10)
    }
    #expect(
      try backups.add(BackupFolder.name(at: Timestamp(milliseconds: 1_795_460_400_000))) { _ in 0 }
        == nil)
    try folder.write([1], to: "backup/csm-mine.db")
    #expect(try backups.prune(keeping: 3) == 1)
    let names = try backups.databases()
    #expect(names.count == 3 && names[0].hasSuffix("00-00.250Z.db"))
    #expect(try folder.names("backup").contains("csm-mine.db"))
    #expect(try folder.bytes("backup/\(names[2])") == Array("database 3".utf8))
  }

  @Test("one backup at a time")
  func oneBackup() throws {
    let first = try BackupFolder(path: folder("backup"))
    #expect(throws: LockBusy.self) { try BackupFolder(path: folder("backup")) }
    withExtendedLifetime(first) {}
  }
}
