import CSMCore
import Glibc
import Testing

@testable import CSMFiles

@Suite("AudioStore")
struct AudioStoreTests {
  private let folder: TemporaryFolder
  private let store: AudioStore

  init() throws {
    folder = try TemporaryFolder()
    store = AudioStore(root: folder("state/csm"))
    try store.prepare()
  }

  @Test("creates its folders, and may do so again")
  func prepare() throws {
    try store.prepare()
    #expect(try folder.names("state/csm") == ["objects", "quarantine", "tmp"])
    let shards = try folder.names("state/csm/objects")
    #expect(shards.count == 256)
    #expect(shards.first == "00")
    #expect(shards.last == "ff")
  }

  @Test("removes what a dead process left in tmp, and returns the count")
  func leftovers() throws {
    try folder.write([1], to: "state/csm/tmp/j7.1.0123456789abcdef")
    try folder.write([1], to: "state/csm/tmp/j8.1.0123456789abcdef")
    #expect(try store.prepare() == 2)
    #expect(try folder.names("state/csm/tmp") == [])
  }

  @Test("keeps unusable audio if asked to, but not text")
  func useless() throws {
    let cut = Array(sampleWAV().dropLast())
    let open = sampleWAV(declared: 0xFFFF_FFFF)
    let sorts: [([UInt8], Int?, mayBePart: Bool)] = [
      ([0, 1, 2], 3, false), (cut, nil, true), (open, 7, true),
      // Cut off within its header.
      (Array(cut.prefix(30)), nil, true),
    ]
    for (bytes, length, mayBePart) in sorts {
      let incoming = try store.receive(name: "useless", limit: 1 << 20)
      try bytes.withUnsafeBytes(incoming.write)
      let useless = #expect(throws: UselessAudio.self) {
        try incoming.finish(expecting: length, keepsUseless: true)
      }
      #expect(useless?.digest == digest(of: bytes))
      #expect(useless?.proof == (mayBePart ? nil : digest(of: bytes)))
      #expect(try store.verify(digest(of: bytes)) == .sound(bytes: bytes.count))
      #expect(useless?.path == store.path(of: digest(of: bytes)))
    }
    for text in ["<html>\r\n", "{\"detail\": \"No.\"}", ""] {
      let incoming = try store.receive(name: "useless", limit: 1 << 20)
      try Array(text.utf8).withUnsafeBytes(incoming.write)
      #expect(throws: AudioFault.self) { try incoming.finish(keepsUseless: true) }
      #expect(try store.verify(digest(of: Array(text.utf8))) == .absent)
    }
    #expect(try folder.names("state/csm/tmp") == [])
  }

  @Test("keeps audio under its digest, read-only, with its figures")
  func put() throws {
    let bytes = sampleWAV()
    let stored = try store.put(bytes)
    #expect(stored.digest == digest(of: bytes))
    #expect(stored.bytes == bytes.count)
    #expect(stored.info.durationMilliseconds == 100)
    let hex = stored.digest.hex
    #expect(
      store.path(of: stored.digest)
        == folder("state/csm/objects/\(hex.prefix(2))/\(hex.dropFirst(2))"))
    #expect(try folder.mode("state/csm/objects/\(hex.prefix(2))/\(hex.dropFirst(2))") == 0o440)
    #expect(try store.bytes(stored.digest) == bytes)
    #expect(try store.contains(stored.digest))
    #expect(try store.size(of: stored.digest) == bytes.count)
    #expect(try store.verify(stored.digest) == .sound(bytes: bytes.count))
    #expect(try folder.names("state/csm/tmp") == [])
  }

  @Test("reports a missing object as absent")
  func absent() throws {
    let nothing = digest(of: [])
    #expect(try !store.contains(nothing))
    #expect(try store.size(of: nothing) == nil)
    #expect(try store.verify(nothing) == .absent)
    let error = #expect(throws: FileError.self) { try store.bytes(nothing) }
    #expect(error?.isMissing == true)
  }

  @Test("keeps one copy of the same bytes and updates its time")
  func twice() throws {
    let bytes = sampleWAV()
    let first = try store.put(bytes)
    let old = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, store.path(of: first.digest), old, 0) == 0)
    let inode = try status(first.digest).st_ino
    #expect(try store.put(bytes) == first)
    #expect(try status(first.digest).st_ino == inode)
    #expect(try status(first.digest).st_mtim.tv_sec > 1000)
    #expect(try folder.names("state/csm/tmp") == [])
  }

  @Test("replaces a damaged object when it is stored again, and quarantines the damaged one")
  func healing() throws {
    let bytes = sampleWAV()
    let stored = try store.put(bytes)
    try damage(stored.digest)
    #expect(try store.put(bytes) == stored)
    #expect(try store.verify(stored.digest) == .sound(bytes: bytes.count))
    let aside = try folder.names("state/csm/quarantine")
    #expect(aside.count == 1)
    #expect(aside.first?.hasPrefix("\(stored.digest).") == true)
  }

  @Test("does not follow a link in place of an object")
  func link() throws {
    let bytes = sampleWAV()
    try folder.write(bytes, to: "outside.wav")
    let place = store.path(of: digest(of: bytes))
    #expect(symlink(folder("outside.wav"), place) == 0)
    #expect(try store.verify(digest(of: bytes)) == .damaged(found: nil))
    #expect(try store.size(of: digest(of: bytes)) == nil)
    #expect(throws: DamagedObject.self) { try store.bytes(digest(of: bytes)) }
    let stored = try store.put(bytes)
    #expect(try store.bytes(stored.digest) == bytes)
    #expect(try folder.bytes("outside.wav") == bytes)
  }

  @Test("finds a changed byte when verifying and when reading")
  func damaged() throws {
    let stored = try store.put(sampleWAV())
    try damage(stored.digest)
    guard case .damaged(let found?) = try store.verify(stored.digest) else {
      Issue.record("not found damaged")
      return
    }
    let expected = DamagedObject(path: store.path(of: stored.digest), found: found)
    #expect(throws: expected) { try store.bytes(stored.digest) }
    try store.quarantine(stored.digest)
    #expect(try store.verify(stored.digest) == .absent)
  }

  @Test("accepts as many bytes as the limit and not one more")
  func limit() throws {
    let bytes = sampleWAV()
    try store.put(bytes, limit: bytes.count)
    #expect(throws: AudioFault.tooLong(limit: bytes.count - 1)) {
      try store.put(bytes, limit: bytes.count - 1)
    }
    #expect(try folder.names("state/csm/tmp") == [])
  }

  @Test("takes a WAV file whose header fits exactly, although its size was announced wrongly")
  func exactHeader() throws {
    for length in [5, 9_999_999] {
      let incoming = try store.receive(name: "x", limit: 1 << 20)
      try sampleWAV().withUnsafeBytes(incoming.write)
      #expect(try incoming.finish(expecting: length).bytes == sampleWAV().count)
    }
  }

  @Test("refuses incomplete or invalid audio, and keeps nothing of it")
  func faults() throws {
    let bytes = sampleWAV()
    // None of these headers fits exactly, so the size counts.
    for bytes in [bytes + [0, 0], Array(bytes.dropLast(100)), sampleWAV(declared: 0)] {
      try expectRefusal(.wrongLength(expected: 5, received: bytes.count), bytes, expecting: 5)
    }
    try expectRefusal(.truncated(declared: 4800, present: 4700), bytes.dropLast(100))
    try expectRefusal(.empty, [])
    try expectRefusal(
      .unknownFormat(head: Array("{\"detail\": []}".utf8)), Array("{\"detail\": []}".utf8))
  }

  @Test("if a transfer is complete, one of the two other lengths may be wrong, but not both")
  func witnesses() throws {
    func finish(_ bytes: [UInt8], _ length: Int?) throws -> ReceivedAudio {
      let incoming = try store.receive(name: "a", limit: 1 << 20)
      try bytes.withUnsafeBytes { try incoming.write($0) }
      return try incoming.finish(expecting: length, isWhole: true)
    }
    let long = sampleWAV(declared: 9600)
    #expect(try finish(long, nil).info.durationMilliseconds == 100)
    #expect(try finish(long, long.count).info.durationMilliseconds == 100)
    #expect(try finish(sampleWAV(), 5).info.durationMilliseconds == 100)
    #expect(throws: AudioFault.truncated(declared: 9600, present: 4800)) {
      try finish(long, long.count + 4800)
    }
  }

  @Test("ends with the first error, with finish and with discard")
  func ended() throws {
    let incoming = try store.receive(name: "a/../b", limit: 10)
    #expect(try folder.names("state/csm/tmp").first?.hasPrefix("a----b.") == true)
    incoming.discard()
    incoming.discard()
    #expect(try folder.names("state/csm/tmp") == [])
    #expect(throws: FileError.self) {
      try [UInt8](arrayLiteral: 1).withUnsafeBytes { try incoming.write($0) }
    }
    #expect(throws: FileError.self) { try incoming.finish() }
  }

  @Test("leaves nothing of an abandoned download")
  func forgotten() throws {
    do {
      let incoming = try store.receive(name: "x", limit: 10)
      try [UInt8](arrayLiteral: 1, 2).withUnsafeBytes { try incoming.write($0) }
      #expect(try folder.names("state/csm/tmp").count == 1)
    }
    #expect(try folder.names("state/csm/tmp") == [])
  }

  @Test("receives the same audio many times concurrently and keeps it once")
  func atOnce() async throws {
    let bytes = sampleWAV(frames: 50_000)
    let store = store
    let stored = try await withThrowingTaskGroup { group in
      for _ in 0..<16 { group.addTask { try store.put(bytes) } }
      return try await group.reduce(into: Set<ReceivedAudio>()) { $0.insert($1) }
    }
    #expect(stored.count == 1)
    #expect(try store.bytes(digest(of: bytes)) == bytes)
    #expect(try folder.names("state/csm/tmp") == [])
    #expect(try folder.names("state/csm/quarantine") == [])
  }

  @Test("measures the free space")
  func room() throws {
    #expect(try store.freeBytes() > 0)
    let missing = #expect(throws: FileError.self) {
      try AudioStore(root: folder("nowhere")).freeBytes()
    }
    #expect(missing?.isMissing == true)
  }

  private func status(_ digest: Digest) throws -> stat {
    var status = stat()
    try #require(lstat(store.path(of: digest), &status) == 0)
    return status
  }

  private func damage(_ digest: Digest) throws {
    let path = store.path(of: digest)
    try #require(chmod(path, 0o600) == 0)
    let file = open(path, O_RDWR)
    defer { close(file) }
    try #require(pwrite(file, "!", 1, 60) == 1)
  }

  private func expectRefusal(
    _ fault: AudioFault, _ bytes: some Collection<UInt8>, expecting length: Int? = nil
  ) throws {
    let incoming = try store.receive(name: "x", limit: 1 << 20)
    try Array(bytes).withUnsafeBytes { try incoming.write($0) }
    #expect(throws: fault) { try incoming.finish(expecting: length) }
    #expect(try folder.names("state/csm/tmp") == [])
    #expect(try !store.contains(digest(of: Array(bytes))))
  }
}
