import Glibc
import Testing

@testable import CSMFiles

@Suite("StateDirectory", .serialized)
struct StateDirectoryTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func prepare() throws {
    try withUmask(0o077) {
      try StateDirectory(setting: folder("state"), environment: [:]).prepare()
    }
  }

  @Test("a folder that it creates is only the user's")
  func own() throws {
    try prepare()
    #expect(try folder.mode("state") == 0o700)
    #expect(try folder.mode("state/csm.db") == 0o600)
  }

  @Test("knows which folders are its own, through links and before they are there")
  func owns() throws {
    try prepare()
    let state = StateDirectory(setting: folder("state"), environment: [:])
    try #require(mkdir(folder("other"), 0o700) == 0 && mkdir(folder("state/tmp"), 0o700) == 0)
    try #require(symlink(folder("state/tmp"), folder("other/link")) == 0)
    for name in [
      "state", "state/", "state/tmp/deep", "other/link", "other/link/new", "other/link/../objects",
      "new/../state/./quarantine/x", "other/..//state",
    ] {
      #expect(state.owns(folder(name)), "\(name)")
    }
    for name in [
      ".", "state2", "other", "state/../other", "new/state", "other/link/../../other", "state/mine",
      "state/tmp2", "other/link/../new",
    ] {
      #expect(!state.owns(folder(name)), "\(name)")
    }
    let here = StateDirectory(setting: ".", environment: [:])
    #expect(here.owns("objects/x") && !here.owns("..") && !here.owns("new"))
  }

  @Test("in a group's folder the database is the group's, whatever the umask was")
  func shared() throws {
    try #require(mkdir(folder("state"), 0o700) == 0 && chmod(folder("state"), 0o2770) == 0)
    try prepare()
    #expect(try folder.mode("state/csm.db") == 0o660)
  }

  @Test("a folder that became a group's gives it access to older files")
  func opened() throws {
    try prepare()
    for name in ["csm.db-wal", "csm.db-shm"] {
      try folder.write([], to: "state/\(name)")
      try #require(chmod(folder("state/\(name)"), 0o600) == 0)
    }
    try #require(chmod(folder("state"), 0o2770) == 0)
    try prepare()
    for name in ["csm.db", "csm.db-wal", "csm.db-shm"] {
      #expect(try folder.mode("state/\(name)") == 0o660)
    }
  }

  @Test(
    "a user without access learns whose folder it is",
    .enabled(if: geteuid() == 0, "only root may give folders away"))
  func refusal() throws {
    let path = folder("state")
    try #require(mkdir(path, 0o700) == 0)
    #expect(AccessDenied(of: path) == nil)
    try #require(chown(path, 65534, 65534) == 0)
    let owner = getpwuid(65534).map { String(cString: $0.pointee.pw_name) } ?? "uid 65534"
    #expect(AccessDenied(of: path)?.holder == .user(owner))
    try #require(chmod(path, 0o2770) == 0)
    guard let group = getgrgid(65534).map({ String(cString: $0.pointee.gr_name) }) else { return }
    #expect(AccessDenied(of: path)?.holder == .group(group, hasJoined: false))
  }

  @Test("the system's folder is chosen if it can be used, else the user's own")
  func place() {
    let home = folder("home")
    let own = StateDirectory(setting: nil, environment: ["HOME": home]).path
    let isInstalled = access("/var/lib/csm", F_OK) == 0
    #expect(own == (isInstalled ? "/var/lib/csm" : "\(home)/.local/state/csm"))
    #expect(StateDirectory(setting: "/there", environment: ["HOME": home]).path == "/there")
  }
}
