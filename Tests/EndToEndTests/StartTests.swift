import Foundation
import Glibc
import Testing

@Suite("What keeps the programs from starting")
struct StartTests {
  @Test("no key is 78, with the next step")
  func noKey() async throws {
    let stage = try await Stage(["FAL_KEY": ""])
    let night = try await stage.night()
    #expect(night.status == 78)
    #expect(night.stderr.contains("FAL_KEY"))
    #expect(night.stderr.contains("CSM_FAL_KEY_FILE"))
  }

  @Test("not a state directory with a path of more than 107 bytes")
  func longPath() async throws {
    let stage = try await Stage()
    let state = stage("\(String(repeating: "d", count: 90))/\(String(repeating: "e", count: 90))")
    let fal = try await StandIn(stage)
    let settings = fal.settings.merging(["CSM_STATE_DIR": state]) { $1 }
    let daemon = try await stage.daemon(settings)
    let file = try stage.write(sentences(2), to: "a.txt")
    #expect(try await stage.enqueue("add", file, settings: settings).status == 0)
    let wait = try await stage.enqueue("wait", "--timeout", "200s", settings: settings)
    #expect(wait.status == 0, "\(daemon.stderr.suffix(2000))")
  }

  @Test("an unusable key file is 78, named, with the next step")
  func keyFiles() async throws {
    let stage = try await Stage()
    let open = try stage.write("a:b\n", to: "open")
    #expect(chmod(open, 0o644) == 0)
    for (file, next) in [
      (open, "(mode 644): chmod 600 \(open)"),
      (stage.folder, "is not a file: set CSM_FAL_KEY_FILE"),
      (
        stage("none"),
        "No such file or directory: CSM_FAL_KEY_FILE names this file; put the key there"
      ),
    ] {
      let night = try await stage.night(["CSM_FAL_KEY_FILE": file, "FAL_KEY": ""])
      #expect(night.status == 78)
      #expect(night.stderr.contains("\(file)"), "\(night.stderr)")
      #expect(night.stderr.contains(next), "\(night.stderr)")
    }
  }

  @Test("a service whose key is where it does not look is 78, and says where the key belongs")
  func misplacedKey() async throws {
    let stage = try await Stage()
    try stage.write("\n", to: "fal_key")
    for (name, told) in [
      ("FAL_KEY", "move the value of FAL_KEY from csm.conf"),
      ("CSM_FAL_KEY_FILE", "move the key from CSM_FAL_KEY_FILE=/k3y, "), ("", "put it into"),
    ] {
      let settings = [
        "CREDENTIALS_DIRECTORY": stage.folder, "FAL_KEY": name == "FAL_KEY" ? "k3y:secret" : "",
        "CSM_FAL_KEY_FILE": name == "CSM_FAL_KEY_FILE" ? "/k3y" : "",
      ]
      let night = try await stage.night(settings)
      #expect(night.status == 78)
      #expect(night.stderr.contains(told), "\(night.stderr)")
      #expect(night.stderr.contains("/etc/csm/fal_key"), "\(night.stderr)")
      #expect(!night.stderr.contains("k3y:secret"))
    }
  }

  @Test(
    "a key file that another user could change is 78",
    .enabled(if: geteuid() == 0, "only root may give files away"))
  func anotherUsersKeyFile() async throws {
    let stage = try await Stage()
    let key = try stage.write("a:b\n", to: "key")
    #expect(chmod(key, 0o600) == 0)
    #expect(chown(key, 65534, 65534) == 0)
    let night = try await stage.night(["CSM_FAL_KEY_FILE": key, "FAL_KEY": ""])
    #expect(night.status == 78)
    #expect(night.stderr.contains("\(key) belongs to another user: chown it"))
  }

  @Test(
    "each program names all wrong settings together, 78", arguments: ["csmd", "csm-enqueue"])
  func wrongSettings(_ program: String) async throws {
    let stage = try await Stage([
      "CSM_MAX_IN_FLIGHT": "many", "CSM_QUEUE_URL": "http://fal.example", "CSM_BUDGET_USD": "-1",
      "CSM_UNKNOWN_GRACE": "30", "FAL_KEY": "se cret",
    ])
    let output = try await stage.start(program, program == "csmd" ? ["run"] : ["list"]).end()
    #expect(output.status == 78)
    for name in [
      "CSM_MAX_IN_FLIGHT=many", "CSM_QUEUE_URL=http://fal.example", "CSM_BUDGET_USD=-1",
      "CSM_UNKNOWN_GRACE=30", "FAL_KEY=(not shown)",
    ] {
      #expect(output.stderr.contains(name), "\(output.stderr)")
    }
    #expect(!output.stderr.contains("se cret"))
  }

  @Test("a second daemon is 75 and does not disturb the first")
  func secondDaemon() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let first = try await stage.daemon(fal.settings)
    let second = try await stage.night(fal.settings)
    #expect(second.status == 75)
    #expect(second.stderr.contains("another csmd"))
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    withExtendedLifetime(first) {}
  }

  @Test("commands that read are 66 without a database, and create nothing")
  func noDatabase() async throws {
    let stage = try await Stage()
    for command in [["list"], ["status"], ["show", "1"], ["export", "a", "--to", stage("out")]] {
      let output = try await stage.start("csm-enqueue", command).end()
      #expect(output.status == 66)
      #expect(output.stderr.contains("add lines first"))
    }
    #expect(stage.names(stage.state) == [])
  }

  @Test("a database of another program is 78 and stays unchanged")
  func foreignDatabase() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let database = "\(stage.state)/csm.db"
    var bytes = try stage.bytes(database)
    // The application id, at offset 68 of the file's header (sqlite.org/fileformat.html).
    bytes[68] ^= 0xFF
    try Data(bytes).write(to: URL(fileURLWithPath: database))
    try await demandForeign(stage, bytes)
  }

  @Test("a text file in place of the database is 78 and stays unchanged")
  func textDatabase() async throws {
    let stage = try await Stage()
    try FileManager.default.createDirectory(
      atPath: stage.state, withIntermediateDirectories: false)
    let bytes = Array(String(repeating: "This is my diary.\n", count: 100).utf8)
    try Data(bytes).write(to: URL(fileURLWithPath: "\(stage.state)/csm.db"))
    try await demandForeign(stage, bytes)
  }

  private func demandForeign(_ stage: Stage, _ bytes: [UInt8]) async throws {
    let file = try stage.write("More.", to: "more.txt")
    for output in [
      try await stage.night(), try await stage.enqueue("list"),
      try await stage.enqueue("add", file),
    ] {
      #expect(output.status == 78, "\(output.stderr)")
      #expect(output.stderr.contains("csm.db is not a csm database"))
    }
    #expect(try stage.bytes("\(stage.state)/csm.db") == bytes)
  }

  @Test(
    "a read-only state directory is named, 73 or 77",
    .enabled(if: geteuid() == 0, "only root may mount"))
  func readOnly() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    try #require(
      try await stage.start("/bin/mount", ["--bind", stage.state, stage.state]).end().status == 0)
    defer { _ = umount2(stage.state, Int32(MNT_DETACH)) }
    try #require(
      try await stage.start("/bin/mount", ["-o", "remount,bind,ro", stage.state]).end().status == 0)
    let file = try stage.write("More.", to: "more.txt")
    for output in [try await stage.night(), try await stage.enqueue("add", file)] {
      #expect([73, 77].contains(output.status), "\(output.status) \(output.stderr)")
      #expect(output.stderr.contains(stage.state))
    }
  }

  @Test("a state directory that cannot be created is named")
  func noDirectory() async throws {
    let stage = try await Stage()
    let file = try stage.write("not a folder", to: "state")
    let output = try await stage.enqueue("add", file)
    #expect(output.status != 0)
    #expect(output.stderr.contains("\(stage.state): Not a directory"))
  }

  @Test("a port in use is 69, named")
  func portInUse() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let second = try await stage.start("csm-localfal", ["serve", "--port", "\(fal.port)"]).end()
    #expect(second.status == 69)
    #expect(second.stderr.contains("port \(fal.port) is in use"))
  }

  @Test("a fault plan that cannot be read is 64, named")
  func wrongFaults() async throws {
    let stage = try await Stage()
    let output = try await stage.start(
      "csm-localfal", ["serve", "--port", "0", "--faults", "submit:explode"]
    ).end()
    #expect(output.status == 64)
    #expect(output.stderr.contains("explode"))
  }
}
