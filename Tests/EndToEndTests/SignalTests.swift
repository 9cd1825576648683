import Foundation
import Glibc
import Testing

@Suite("Signals to the daemon")
struct SignalTests {
  @Test("SIGTERM: no new submits, no lost answers, exit code 0; the next run finishes")
  func stop() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(
      stage, "--runners", "4", "--latency", "300ms-600ms", "--faults", "submit:slow:200")
    let count = 40
    _ = try await stage.enqueue("add", try stage.write(sentences(count), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("some POSTs are accepted") { try fal.accepted().count > 3 }
    daemon.send(SIGTERM)
    let end = try await daemon.end()
    #expect(end.status == 0, "\(end.stderr.suffix(1000))")
    let accepted = try fal.accepted().count
    #expect(accepted < count)
    let lines = try await stage.lines()
    #expect(lines.filter { $0["request_id"] is String }.count == accepted)
    #expect(lines.allSatisfy { $0["state"] as? String != "SUBMITTING" })
    try fal.delete("faults")
    #expect(try await stage.night(fal.settings).status == 0)
    try fal.demandOneRequest(a: sentences(count).split(separator: "\n").map(String.init))
  }

  @Test("a second signal ends it at once")
  func secondStop() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "submit:hang")
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let daemon = try await stage.daemon(fal.settings)
    try await eventually("the POSTs hang") { try fal.calls("submit") == 2 }
    daemon.send(SIGINT)
    try await daemon.logs("stopping")
    daemon.send(SIGINT)
    #expect(try await daemon.end().status == 130)
  }

  @Test("SIGHUP: it goes on with the new settings of csm.conf")
  func reload() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let daemon = try await stage.daemon(fal.settings)
    daemon.send(SIGHUP)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
  }

  @Test("an idle daemon submits a new line, and ends")
  func wakeUp() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let daemon = try await stage.daemon(fal.settings)
    for number in 1...3 {
      let file = try stage.write("Line \(number).", to: "\(number).txt")
      _ = try await stage.enqueue("add", file)
      try await eventually("line \(number) is sent") {
        try fal.accepted().count == number
      }
    }
    daemon.send(SIGTERM)
    #expect(try await daemon.end().status == 0)
  }
}
