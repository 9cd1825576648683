import CSMCore
import Foundation
import Glibc
import Testing

@testable import CSMFiles

@Suite("Names that lead elsewhere")
struct TrespassTests {
  private let folder: TemporaryFolder
  private let store: AudioStore
  private let object: Digest
  private let damaged: Digest

  /// A store with an object, and a damaged one in quarantine.
  init() throws {
    folder = try TemporaryFolder()
    store = AudioStore(root: folder("csm"))
    try store.prepare()
    object = try store.put(sampleWAV()).digest
    damaged = try store.put(sampleWAV(frames: 99)).digest
    try store.quarantine(damaged)
  }

  @Test(
    "no folder of the store may be a link: nothing behind it is read, moved or removed",
    arguments: ["objects", "quarantine", "tmp", "shard"])
  func folders(_ name: String) throws {
    let place = name == "shard" ? "objects/\(object.hex.prefix(2))" : name
    try folder.write([1], to: "csm/\(place)/left")
    try #require(rename(folder("csm/\(place)"), folder("elsewhere")) == 0)
    try #require(symlink(folder("elsewhere"), folder("csm/\(place)")) == 0)
    let before = try tree()
    let error = #expect(throws: FileError.self) { try store.prepare() }
    #expect(error?.description.contains("\(place): it is a symbolic link") == true)
    _ = try? store.remove(object, unstoredSince: Timestamp(milliseconds: .max)) { false }
    _ = try? store.quarantine(object)
    _ = try? store.quarantine(ifDamaged: object)
    for entry in (try? store.quarantined()) ?? [] { try? store.removeQuarantined(entry) }
    _ = try? store.put(sampleWAV(frames: 77))
    #expect(try tree().filter { !$0.hasPrefix("csm") } == before.filter { !$0.hasPrefix("csm") })
    if place.hasPrefix("objects") {
      #expect(throws: FileError.self) { try store.verify(object) }
      #expect(throws: FileError.self) {
        try ExportFolder(path: folder("out")).copy(object, from: store, as: ExportName("a"))
      }
    }
  }

  /// Every path in the test's folder, without following links.
  private func tree() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("a file of the state directory may not be a link, pipe or folder")
  func files() throws {
    let names = ["csm.db", "csm.db-wal", "csm.db-shm", "csm.gate", "csmd.lock"]
    for name in names {
      for (kind, make) in [
        ("link", { symlink(self.folder("target"), $0) }), ("pipe", { mkfifo($0, 0o600) }),
        ("folder", { mkdir($0, 0o700) }),
      ] as [(String, (String) -> Int32)] {
        let state = folder("\(kind)-\(name)")
        try #require(mkdir(state, 0o700) == 0 && make("\(state)/\(name)") == 0)
        for use in [StateDirectory.prepare, StateDirectory.requireAccess] {
          let error = #expect(throws: FileError.self) {
            try use(StateDirectory(setting: state, environment: [:]))()
          }
          #expect(error?.description.contains("\(state)/\(name): it is") == true, "\(kind)")
        }
      }
    }
    #expect(try !folder.names().contains("target"))
  }

  @Test("whether a lock is held is known at once, whatever has its name")
  func lockIsAPipe() throws {
    try #require(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(!ProcessLock.isHeld(path: folder("pipe")))
    #expect(throws: FileError.self) { _ = try ProcessLock(path: folder("pipe")) }
  }

  @Test(
    "a stranger's files are refused in a private folder, but not in a group's",
    .enabled(if: geteuid() == 0, "only root may give files away"))
  func strangers() throws {
    let state = StateDirectory(setting: folder("state"), environment: [:])
    try withUmask(0o077) {
      try state.prepare()
      try #require(chown(state.database, 65534, 65534) == 0)
      let error = #expect(throws: FileError.self) { try state.prepare() }
      #expect(error?.description.contains("csm.db: it belongs to uid 65534") == true)
      try #require(chown(state.path, 0, 65534) == 0 && chmod(state.path, 0o2770) == 0)
      try state.prepare()
    }
  }

  @Test("a wake-up follows no link, and the socket is its group's from the start")
  func wake() throws {
    let socket = try withUmask(0o022) { try WakeSocket(path: folder("real.sock")) }
    #expect(try folder.mode("real.sock") & 0o060 == 0o040)
    try #require(symlink(folder("real.sock"), folder("csmd.sock")) == 0)
    WakeSocket.wake(path: folder("csmd.sock"))
    WakeSocket.wake(path: folder("real.sock"))
    var count = 0
    socket.listen(onRound: { if count > 0 { socket.close() } }, onDatagram: { count += 1 })
    #expect(count == 1)
  }

  @Test(
    "a wake-up reaches a socket whose path is longer than an address", arguments: [90, 200, 900])
  func longPath(_ bytes: Int) throws {
    var path = folder.path
    while path.utf8.count < bytes {
      path += "/" + String(repeating: "d", count: min(100, bytes - path.utf8.count))
    }
    try Directory.make(path, mode: 0o700)
    try Data().write(to: URL(fileURLWithPath: "\(path)/csmd.sock"))
    let socket = try WakeSocket(path: "\(path)/csmd.sock", pace: .seconds(5))
    WakeSocket.wake(path: "\(path)/csmd.sock")
    var (count, rounds) = (0, 0)
    socket.listen(
      onRound: {
        rounds += 1
        if rounds > 1 { socket.close() }
      }, onDatagram: { count += 1 })
    #expect(count == 1 && access("\(path)/csmd.sock", F_OK) != 0)
  }
}
