import Foundation
import Testing

@testable import CSMLocalFal

@Suite("A planned fault")
struct FaultTests {
  /// A fault of a submit, and what the caller sees of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let fault: String
    var status = 0
    var ending = Client.Answer.Ending.closed
    var accepted = 0
    var patience = 120.0
    var check: @Sendable (Client.Answer) -> Bool = { _ in true }

    var testDescription: String { fault }
  }

  @Test(
    "a planned fault of a submit shows as planned, and is accepted only where it takes effect",
    .timeLimit(.minutes(10)),
    arguments: [
      Case(fault: "refuse", ending: .reset),
      Case(fault: "reset", ending: .reset),
      Case(fault: "reset-after", ending: .reset, accepted: 1),
      Case(fault: "close"),
      Case(fault: "close-after", accepted: 1),
      Case(fault: "hang", ending: .silent, patience: 0.3),
      Case(fault: "hang-after", ending: .silent, accepted: 1, patience: 0.3),
      Case(fault: "503", status: 503) { $0.headers["x-fal-request-id"] != nil },
      Case(fault: "503-after", status: 503, accepted: 1),
      Case(fault: "429:7", status: 429) { $0.headers["retry-after"] == "7" },
      Case(fault: "429:date+7", status: 429) {
        $0.headers["retry-after"]?.hasSuffix("GMT") == true
      },
      Case(fault: "403", status: 403) { $0.text.contains("User is locked") },
      Case(fault: "502-html", status: 502) {
        $0.text.contains("nginx") && $0.headers["x-fal-request-id"] == nil
      },
      Case(fault: "502-html-after", status: 502, accepted: 1),
      Case(fault: "locked:TOP_UP.", status: 403) {
        $0.json?["detail"] as? String == "User is locked. Reason: TOP_UP." && $0.isFals
      },
      Case(fault: "locked-after", status: 403, accepted: 1) {
        $0.text.contains("Reason: Exhausted balance.")
      },
      Case(fault: "408", status: 408) { $0.isFals },
      Case(fault: "408-after", status: 408, accepted: 1) { $0.isFals },
      Case(fault: "401-html", status: 401) { $0.text.contains("Authorization") && !$0.isFals },
      Case(fault: "401-html-after", status: 401, accepted: 1) { !$0.isFals },
      Case(fault: "403-html", status: 403) { $0.text.contains("403 Forbidden") && !$0.isFals },
      Case(fault: "403-html-after", status: 403, accepted: 1) { !$0.isFals },
      Case(fault: "429-html", status: 429) { $0.text.contains("Too Many") && !$0.isFals },
      Case(fault: "429-html-after", status: 429, accepted: 1) { !$0.isFals },
      Case(fault: "402-empty", status: 402) { $0.body.isEmpty && !$0.isFals },
      Case(fault: "402-empty-after", status: 402, accepted: 1) {
        $0.body.isEmpty && $0.headers["content-type"] == nil && !$0.isFals
      },
      Case(fault: "redirect", status: 307) { $0.headers["location"] != nil },
      Case(fault: "huge:2000000", status: 200) { $0.body.count > 2_000_000 },
      Case(fault: "endless", status: 200, ending: .silent) { $0.body.count > 30_000_000 },
      Case(fault: "deep", status: 200) { $0.text.hasPrefix("[[[") },
      Case(fault: "binary", status: 200) { $0.json == nil },
      Case(fault: "truncate", status: 200, accepted: 1) {
        $0.body.count < Int($0.headers["content-length"] ?? "") ?? 0
      },
      Case(fault: "malformed", status: 200, accepted: 1) {
        $0.json == nil && $0.headers["content-length"] == "\($0.body.count)"
      },
      Case(fault: "slow:5000", status: 200, accepted: 1) { $0.json != nil },
      Case(fault: "late:50", status: 200, accepted: 1) { $0.json != nil },
      Case(fault: "late:20000", ending: .silent, accepted: 1, patience: 0.3),
      Case(fault: "type:text/plain", status: 200, accepted: 1) {
        $0.headers["content-type"] == "text/plain"
      },
      Case(fault: "addresses:https://evil.example/", status: 200, accepted: 1) {
        $0.json?["status_url"] as? String == "https://evil.example/"
      },
    ])
  func submits(_ expected: Case) async throws {
    let options = try quick { $0.faults = try FaultPlan("submit:\(expected.fault)#1") }
    try await withFal(options) { client in
      let answer = await client.call(
        "POST", "/fal-ai/csm-1b", Client.scene("Hello"), patience: expected.patience)
      #expect(answer.status == expected.status)
      #expect(answer.ending == expected.ending)
      #expect(expected.check(answer))
      // A caller may have given up before a busy server read the call.
      var statistics = client.fal.statistics()
      while statistics.faults.isEmpty || statistics.accepted < expected.accepted {
        await Task.yield()
        statistics = client.fal.statistics()
      }
      #expect(statistics.accepted == expected.accepted)
      #expect(statistics.faults == ["submit:\(expected.fault)#1": 1])
      #expect(await client.call("POST", "/fal-ai/csm-1b", "{}").status == 200)
    }
  }

  @Test(
    "a planned fault of a run decides the result",
    arguments: [
      ("500", 500, "Internal Server Error"), ("runner_disconnected", 503, "runner_disconnected"),
      ("generation_timeout", 504, "generation_timeout"), ("lost", 404, "NOT_FOUND"),
      ("no-audio", 200, "{}"), ("audio-data", 200, "data:audio/wav;base64,UklGR"),
      ("audio-string", 200, #"{"audio":"http"#),
      ("audio-at:file:///etc/passwd", 200, "file:///etc"),
    ])
  func runs(fault: String, status: Int, text: String) async throws {
    try await withFal(quick { $0.faults = try FaultPlan("run:\(fault)") }) { client in
      let result = await client.outcome()
      #expect(result.status == status)
      #expect(result.text.contains(text))
    }
  }

  @Test("a planned fault of a download makes the length right or wrong, as planned")
  func downloads() async throws {
    let plan = "download:truncate#1,download:short#2,download:200-html#3,run:wrong-size"
    try await withFal(quick { $0.faults = try FaultPlan(plan) }) { client in
      let result = await client.outcome()
      let audio = try #require(result.json?["audio"] as? [String: Any])
      let path = try #require((audio["url"] as? String).flatMap { URL(string: $0)?.path })
      var stranger = client
      stranger.key = nil
      let cut = await stranger.call("GET", path)
      let short = await stranger.call("GET", path)
      let page = await stranger.call("GET", path)
      let whole = await stranger.call("GET", path)
      #expect(cut.headers["content-length"] == "\(whole.body.count)")
      #expect(cut.body == Array(whole.body.prefix(whole.body.count / 2)))
      #expect(short.headers["content-length"] == "\(short.body.count)")
      #expect(short.body == cut.body)
      #expect(page.headers["content-type"] == "text/html")
      #expect(audio["file_size"] as? Int == whole.body.count + 2)
    }
  }

  @Test("can be set, counted and cleared while it runs")
  func control() async throws {
    try await withFal { client in
      func put(_ name: String, _ text: String) async -> Int {
        await client.call("PUT", "/_localfal/\(name)", text).status
      }
      #expect(await put("faults", "submit:503") == 200)
      #expect(await put("faults", "submit:nonsense") == 400)
      #expect(await client.call("POST", "/fal-ai/csm-1b", "{}").status == 503)
      #expect(await client.call("DELETE", "/_localfal/faults").status == 200)
      #expect(await put("key", "other:key") == 200)
      #expect(await client.call("POST", "/fal-ai/csm-1b", "{}").status == 401)
      #expect(await client.call("DELETE", "/_localfal/key").status == 200)
      #expect(await put("lock", "Because.") == 200)
      #expect(await client.call("POST", "/fal-ai/csm-1b", "{}").status == 403)
      #expect(await client.call("DELETE", "/_localfal/lock").status == 200)
      #expect(await client.call("POST", "/fal-ai/csm-1b", "{}").status == 200)
      let statistics = await client.call("GET", "/_localfal/stats").json
      #expect(statistics?["accepted"] as? Int == 1)
      #expect((statistics?["calls"] as? [String: Int]) == ["submit": 4])
      #expect((statistics?["faults"] as? [String: Int]) == ["submit:503": 1])
    }
  }
}
