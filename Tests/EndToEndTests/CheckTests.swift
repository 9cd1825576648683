import Foundation
import Servers
import Testing

@Suite("csmd check")
struct CheckTests {
  /// The verdicts and messages of `csmd check`, by subject.
  private func check(_ stage: Stage, _ settings: [String: String] = [:]) async throws -> (
    status: Int32, findings: [String: (verdict: String, message: String)]
  ) {
    let output = try await stage.start("csmd", ["check", "--json"], settings).end()
    let findings = try output.objects().map { object in
      (
        try #require(object["check"] as? String),
        (
          verdict: try #require(object["verdict"] as? String),
          message: try #require(object["message"] as? String)
        )
      )
    }
    return (output.status, Dictionary(findings) { first, _ in first })
  }

  @Test("finds no fault beside a running daemon, disturbs nothing and submits nothing")
  func allWell() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let daemon = try await stage.daemon(fal.settings)
    let plain = try await stage.start("csmd", ["check"], fal.settings).end()
    #expect(plain.status == 0, "\(plain.stdout)")
    // The stand-in has no balance unless it is given one.
    #expect(
      plain.lines.allSatisfy { $0.hasPrefix("ok ") || $0.hasPrefix("warn  account") },
      "\(plain.stdout)")
    let (status, findings) = try await check(stage, fal.settings)
    #expect(status == 0)
    let subjects: Set = [
      "settings", "key", "CA", "clock", "listing", "directory", "room", "database", "csmd",
      "SQLite", "libcurl", "account", "model",
    ]
    #expect(Set(findings.keys) == subjects)
    #expect(findings["csmd"]?.message == "running here")
    #expect(try fal.accepted() == [])
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.enqueue("wait", "--timeout", "200s").status == 0)
    withExtendedLifetime(daemon) {}
  }

  @Test("before the first start, creates nothing")
  func nothingYet() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let (status, findings) = try await check(stage, fal.settings)
    #expect(status == 0)
    #expect(findings["directory"]?.message.contains("will be created") == true)
    let isThere = FileManager.default.fileExists(atPath: "/etc/csm/csm.conf")
    #expect(findings["settings"]?.message.contains("there is no /etc/csm/csm.conf") == !isThere)
    #expect(!FileManager.default.fileExists(atPath: stage.state))
  }

  @Test("a key that fal rejects is 78, with the next step, and is not shown")
  func wrongKey() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--key", "right:key")
    let (status, findings) = try await check(
      stage, fal.settings.merging(["FAL_KEY": "wrong:k3y"]) { $1 })
    #expect(status == 78)
    #expect(findings["key"]?.verdict == "fail")
    #expect(findings["key"]?.message.contains("Dashboard") == true)
    #expect(!findings.values.contains { $0.message.contains("k3y") })
  }

  @Test("each fault is named with its next step, 78")
  func faults() async throws {
    let stage = try await Stage()
    let database = "\(stage.state)/csm.db"
    try FileManager.default.createDirectory(
      atPath: stage.state, withIntermediateDirectories: false)
    try Data("This is my diary.".utf8).write(to: URL(fileURLWithPath: database))
    let authorities = try stage.write("not a certificate", to: "ca.pem")
    let (status, findings) = try await check(stage, ["CSM_CA_FILE": authorities])
    #expect(status == 78)
    let failed = findings.filter { $0.value.verdict == "fail" }.mapValues(\.message)
    #expect(Set(failed.keys) == ["key", "CA", "database"], "\(failed)")
    #expect(failed["key"]?.contains("CSM_QUEUE_URL=http://127.0.0.1:1") == true)
    #expect(failed["CA"]?.contains("CSM_CA_FILE") == true)
    #expect(failed["database"]?.contains("CSM_STATE_DIR") == true)
    let wrong = try await check(stage, ["CSM_MAX_IN_FLIGHT": "many"])
    #expect(wrong.status == 78)
    #expect(wrong.findings["settings"]?.message.contains("CSM_MAX_IN_FLIGHT=many") == true)
    let keyless = try await check(stage, ["FAL_KEY": ""])
    #expect(keyless.findings["key"]?.message.contains("CSM_FAL_KEY_FILE") == true)
  }

  @Test("a state directory that cannot be written is 78")
  func noDirectory() async throws {
    let stage = try await Stage()
    try stage.write("not a folder", to: "state")
    let (status, findings) = try await check(stage)
    #expect(status == 78)
    #expect(findings["directory"]?.verdict == "fail")
  }

  @Test("a clock that is far from fal's is 78", arguments: [("1994", "ahead"), ("2094", "behind")])
  func clock(year: String, side: String) async throws {
    let stage = try await Stage()
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      peer.write(
        "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov \(year) 08:49:37 GMT\r\n"
          + "Content-Type: application/json\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"
          + #"{"detail":"not found"}"#)
    }
    defer { server.stop() }
    let url = server.url("")
    let (status, findings) = try await check(
      stage, ["CSM_QUEUE_URL": url, "CSM_PLATFORM_URL": url])
    #expect(status == 78)
    #expect(findings["key"]?.verdict == "ok")
    #expect(findings["clock"]?.message.contains("\(side)") == true, "\(findings)")
    // The listing cannot be read, but csmd works without it.
    #expect(findings["listing"]?.verdict == "warn")
  }
}
