import Foundation
import Glibc
import Testing

@Suite("The log never stops the work")
struct LogStreamTests {
  /// A night of `count` lines, with the shell's `redirection` after the command.
  private func night(_ count: Int, _ redirection: String, on stage: Stage) async throws -> Output {
    let fal = try await StandIn(stage, "--latency", "1ms-5ms")
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(count), to: "a.txt"), "--cast", "auto")
    let command = "'\(Stage.programs)/csmd' run --until-idle \(redirection)"
    let output = try await stage.start("/bin/sh", ["-c", command], fal.settings).end()
    #expect(try await stage.states() == ["STORED": count])
    try await stage.demandSoundStore()
    return output
  }

  @Test("closed standard streams: no other file gets their numbers")
  func closed() async throws {
    let stage = try await Stage()
    #expect(try await night(10, "<&- >&- 2>&-", on: stage).status == 0)
    let fal = try await StandIn(stage)
    let daemon = try stage.start(
      "/bin/sh", ["-c", "exec '\(Stage.programs)/csmd' run <&- >&- 2>&-"], fal.settings)
    try await eventually("csmd listens") { stage.names(stage.state).contains("csmd.sock") }
    for number in 0...2 {
      let place = "/proc/\(daemon.process)/fd/\(number)"
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: place) == "/dev/null")
    }
  }

  @Test("a reader that goes away")
  func reader() async throws {
    let stage = try await Stage()
    #expect(try await night(10, "2>&1 | head -n 1", on: stage).stdout.contains("csmd runs"))
  }

  @Test("a reader that does not read")
  func stuck() async throws {
    let stage = try await Stage()
    let pipe = stage("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    let number = open(pipe, O_RDWR | O_CLOEXEC)
    defer { close(number) }
    // The smallest pipe is full after two lines.
    #expect(fcntl(number, 1031, 4096) == 4096)
    #expect(try await night(60, "2>'\(pipe)'", on: stage).status == 0)
  }

  @Test("a device that is full")
  func full() async throws {
    let stage = try await Stage()
    #expect(try await night(10, "2>/dev/full", on: stage).status == 0)
  }

  @Test("no text of a line, and no query of a URL, is in the log")
  func silence() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write("The eagle lands.\n", to: "a.txt"))
    let night = try await stage.night(
      fal.settings.merging(["CSM_CDN_HOSTS": "elsewhere.example"]) { $1 })
    #expect(night.status == 2)
    #expect(night.stderr.contains("CSM_CDN_HOSTS"))
    #expect(!night.stderr.contains("eagle"))
    #expect(!night.stderr.contains("?"))
  }
}
