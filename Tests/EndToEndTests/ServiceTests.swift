import Foundation
import Glibc
import Servers
import Synchronization
import Testing

@Suite("The daemon as a service")
struct ServiceTests {
  @Test("csmd notifies systemd: ready, status, alive, reloading, stopping")
  func notifications() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let socket = try NotifySocket(path: stage("notify"))
    let daemon = try await stage.daemon(
      fal.settings.merging([
        "NOTIFY_SOCKET": stage("notify"), "WATCHDOG_USEC": "600000",
      ]) { $1 })
    try await eventually("READY=1") { socket.messages.contains("READY=1") }
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    try await eventually("a status with figures") {
      socket.messages.contains { $0.hasPrefix("STATUS=") && $0.contains("2 STORED") }
    }
    // Its own pace is slower the longer it is idle; a busy machine may delay one message or another.
    try await eventually("it says often that it is alive") {
      let feeds = socket.arrivals.filter { $0.message == "WATCHDOG=1" }.map(\.at)
      return zip(feeds, feeds.dropFirst(3)).contains { $0.duration(to: $1) < .seconds(5) }
    }
    daemon.send(SIGHUP)
    try await eventually("it reloads") {
      let messages = socket.messages
      guard let index = messages.firstIndex(where: { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") })
      else { return false }
      return messages[index...].contains("READY=1")
    }
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
    #expect(socket.messages.contains("STOPPING=1"))
    // Without the journal's socket, lines still go to systemd, with a priority prefix.
    #expect(daemon.stderr.split(separator: "\n").allSatisfy { $0.hasPrefix("<") })
  }

  @Test(
    "a stuck thread starves the watchdog until it goes on",
    arguments: ["csmd-read", "csmd-write", "csmd-wake"])
  func starvation(_ name: String) async throws {
    let stage = try await Stage()
    let socket = try NotifySocket(path: stage("notify"))
    let daemon = try await stage.daemon([
      "NOTIFY_SOCKET": stage("notify"), "WATCHDOG_USEC": "600000",
    ])
    func feeds() -> Int { socket.messages.count { $0 == "WATCHDOG=1" } }
    try await eventually("it is fed") { feeds() > 2 }
    let tasks = "/proc/\(daemon.process)/task"
    let thread = try #require(
      stage.names(tasks).first { (try? stage.text("\(tasks)/\($0)/comm")) == name + "\n" })
    // A tracer stops only this thread, at its next system call.
    let tracer = try stage.start(
      "/usr/bin/strace", ["-qq", "-p", thread, "-e", "inject=all:delay_enter=60s"])
    var seen = (count: feeds(), since: ContinuousClock.now)
    try await eventually("it is not fed for five intervals") {
      let count = feeds()
      if count != seen.count { seen = (count, .now) }
      return seen.since.duration(to: .now) > .seconds(1)
    }
    tracer.send(SIGKILL)
    try await eventually("it is fed again") { feeds() > seen.count }
  }

  @Test("fal's words cannot pass messages to systemd")
  func injection() async throws {
    // The gate stays closed long enough for a status line to show it.
    let stage = try await Stage(["CSM_GATE_PROBE": "30m"])
    let fal = try ScriptedFal { asked in
      asked.call == .submit
        ? .http(401, #"{"detail": "bad key\nWATCHDOG=trigger\nMAINPID=1"}"#) : nil
    }
    let socket = try NotifySocket(path: stage("notify"))
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let daemon = try await stage.daemon(
      fal.settings.merging(["NOTIFY_SOCKET": stage("notify")]) { $1 })
    try await eventually("the status names the gate") {
      socket.messages.contains { $0.hasPrefix("STATUS=") && $0.contains("bad key") }
    }
    #expect(socket.messages.filter { $0.hasPrefix("STATUS=") }.allSatisfy { !$0.contains("\n") })
    daemon.send(SIGTERM)
    _ = try await daemon.end()
  }

  @Test("an empty datagram is a wake-up like any other")
  func emptyDatagram() async throws {
    let stage = try await Stage()
    let socket = try NotifySocket(path: stage("notify"))
    let daemon = try await stage.daemon([
      "NOTIFY_SOCKET": stage("notify"), "WATCHDOG_USEC": "600000",
    ])
    // csmd logs that it runs before it listens.
    try await eventually("it listens") { socket.messages.contains("READY=1") }
    let sent = try await stage.start(
      "/usr/bin/python3",
      [
        "-c",
        "import socket,sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'', sys.argv[1])",
        "\(stage.state)/csmd.sock",
      ]
    ).end()
    #expect(sent.status == 0, "\(sent.stderr)")
    let alive = socket.messages.count { $0 == "WATCHDOG=1" }
    try await eventually("it still says that it is alive") {
      socket.messages.count { $0 == "WATCHDOG=1" } > alive + 3
    }
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
  }

  @Test("log lines begin with a priority for the journal, and with the time otherwise")
  func priorities() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#1")
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    let night = try await stage.night(fal.settings.merging(["JOURNAL_STREAM": "8:1"]) { $1 })
    let lines = night.stderr.split(separator: "\n")
    #expect(lines.allSatisfy { $0.wholeMatch(of: /<[2-7]>.+/) != nil }, "\(night.stderr)")
    #expect(lines.contains { $0.hasPrefix("<3>FAILED job=1") })
    _ = try await stage.enqueue("retry", "--failed")
    let plain = try await stage.night(fal.settings)
    #expect(plain.stderr.split(separator: "\n").allSatisfy { $0.hasPrefix("20") })
  }

  @Test("the key is in no log, file or argument, and texts are in no log")
  func secrecy() async throws {
    let stage = try await Stage()
    let secret =
      "k3yid-\(UInt64.random(in: 0...UInt64.max)):s3cret-\(UInt64.random(in: 0...UInt64.max))"
    let fal = try await StandIn(
      stage, "--key", secret, "--faults", "submit:401#1,status:500-html#1,download:reset#1")
    _ = try await stage.enqueue(
      "add", try stage.write("The eagle lands at noon.\n", to: "a.txt"),
      settings: ["FAL_KEY": secret])
    let daemon = try await stage.daemon(fal.settings.merging(["FAL_KEY": secret]) { $1 })
    let arguments = try stage.text("/proc/\(daemon.process)/cmdline")
    #expect(!arguments.contains(secret))
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    let status = try stage.text("/proc/\(daemon.process)/status")
    #expect(status.contains("Name:\tcsmd"))
    let limits = try stage.text("/proc/\(daemon.process)/limits")
    let cores = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
    #expect(cores?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"], "\(limits)")
    daemon.send(SIGTERM)
    _ = try await daemon.end()
    #expect(!daemon.stderr.contains("eagle"))
    let parts = secret.split(separator: ":").map(String.init)
    let found = try await stage.start(
      "/usr/bin/grep", ["-rlaF", "-e", parts[0], "-e", parts[1], stage.folder]
    ).end()
    // The stand-in prints its settings, which contain the key.
    let holders = found.lines.filter { !$0.hasSuffix("csm-localfal.out") }
    #expect(holders == [])
  }
}

/// A socket that receives the messages of sd_notify(3).
///
/// A thread reads them as they come, as systemd does: the kernel keeps only a few, and then csmd would wait.
private final class NotifySocket: Sendable {
  /// A message, and when it came.
  struct Arrival: Sendable {
    let message: String
    let at: ContinuousClock.Instant
  }

  private let received = Received()
  private let number: Int32

  private final class Received: Sendable {
    let arrivals = Mutex<[Arrival]>([])
  }

  init(path: String) throws {
    number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(code == 0)
    Thread.detachNewThread { [number, received] in
      defer { close(number) }
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = recv(number, &buffer, buffer.count, 0)
        // Nobody sends an empty message; `shutdown` ends the reading so.
        guard count > 0 else { return }
        let message = String(decoding: buffer.prefix(count), as: UTF8.self)
        received.arrivals.withLock { $0.append(Arrival(message: message, at: .now)) }
      }
    }
  }

  deinit { shutdown(number, Int32(SHUT_RDWR)) }

  /// All messages so far, in order.
  var arrivals: [Arrival] { received.arrivals.withLock { $0 } }

  var messages: [String] { arrivals.map(\.message) }
}
