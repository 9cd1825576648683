import Foundation
import Testing

@testable import CSMLocalFal

@Suite("The listing of requests")
struct ListingTests {
  private let path = "/v1/models/requests/by-endpoint?endpoint_id=fal-ai/csm-1b"

  private func ids(_ answer: Client.Answer) -> [String] {
    (answer.json?["items"] as? [[String: Any]] ?? []).compactMap { $0["request_id"] as? String }
  }

  @Test("pages through all ended requests, the last first, each once")
  func paging() async throws {
    try await withFal { client in
      var sent: [String] = []
      for number in 0..<7 { sent.append(await client.submit("Line \(number)")) }
      for id in sent { _ = await client.wait(for: id) }
      var listed: [String] = []
      var cursor = ""
      var pages = 0
      repeat {
        let page = await client.call("GET", path + "&limit=3" + cursor)
        listed += ids(page)
        pages += 1
        cursor = (page.json?["next_cursor"] as? String).map { "&cursor=\($0)" } ?? ""
        #expect(page.json?["has_more"] as? Bool == !cursor.isEmpty)
        if pages == 1 { _ = await client.outcome(of: "A late one") }
      } while !cursor.isEmpty && pages < 9
      #expect(pages == 3)
      #expect(listed.count == 7)
      #expect(Set(listed) == Set(sent))
      let byDuration = await client.call("GET", path + "&sort_by=duration&limit=100")
      let items = byDuration.json?["items"] as? [[String: Any]] ?? []
      let durations = items.compactMap { $0["duration"] as? Double }
      #expect(durations.count == 8)
      #expect(durations == durations.sorted(by: >))
    }
  }

  @Test("shows payloads on request, and filters by id, time and status")
  func filters() async throws {
    try await withFal(quick { $0.faults = try FaultPlan("run:500#2,run:lost#3") }) { client in
      let good = await client.submit("Good")
      let bad = await client.submit("Bad")
      let lost = await client.submit("Lost")
      for id in [good, bad, lost] { _ = await client.wait(for: id) }
      func list(_ query: String) async -> [String] { ids(await client.call("GET", path + query)) }
      #expect(Set(await list("")) == [good, bad])
      #expect(await list("&status=success") == [good])
      #expect(await list("&status=error") == [bad])
      #expect(await list("&request_id=\(bad)") == [bad])
      #expect(await list("&start=2100-01-01T00:00:00Z").isEmpty)
      #expect(await list("&end=2000-01-01T00:00:00.000Z").isEmpty)

      let query = path + "&expand=payloads&request_id=\(good)"
      let item = try #require(
        (await client.call("GET", query).json?["items"] as? [[String: Any]])?.first)
      let scene = (item["json_input"] as? [String: Any])?["scene"] as? [[String: Any]]
      #expect(scene?.first?["text"] as? String == "Good")
      #expect((item["json_output"] as? [String: Any])?["audio"] != nil)
      #expect(item["status_code"] as? Int == 200)
      #expect(item["sent_at"] is String)
    }
  }

  @Test(
    "refuses what it cannot serve",
    arguments: [
      ("/v1/models/requests/by-endpoint", 400), ("&limit=0", 400), ("&limit=101", 400),
      ("&start=yesterday", 400), ("&status=fine", 400), ("&sort_by=size", 400),
    ])
  func refusals(query: String, status: Int) async throws {
    try await withFal { client in
      let answer = await client.call("GET", query.hasPrefix("/") ? query : path + query)
      #expect(answer.status == status)
      #expect((answer.json?["error"] as? [String: Any])?["type"] as? String == "validation_error")
    }
  }

  @Test("can show requests only from their start, which is then their sent_at")
  func dispatched() async throws {
    let options = quick {
      $0.listingStart = .dispatched
      $0.listsUnfinished = true
      $0.latency = 1000...1000
      $0.runners = 1
    }
    try await withFal(options) { client in
      let first = await client.submit("First")
      let second = await client.submit("Second")
      let never = await client.submit("Never")
      #expect(ids(await client.call("GET", path)) == [first])
      let between = Date().rfc3339
      _ = await client.call("PUT", "/fal-ai/csm-1b/requests/\(never)/cancel")
      _ = await client.call("PUT", "/fal-ai/csm-1b/requests/\(first)/cancel")
      #expect(ids(await client.call("GET", path)) == [second, first])
      #expect(ids(await client.call("GET", path + "&start=\(between)")) == [second])
      let earlier = await client.call("GET", path + "&end=\(between)")
      #expect(ids(earlier) == [first])
      let later = await client.call("GET", path + "&start=\(between)")
      let item = try #require((later.json?["items"] as? [[String: Any]])?.first)
      #expect(try #require(item["sent_at"] as? String) >= between)
      #expect(item["started_at"] as? String == item["sent_at"] as? String)
    }
  }

  @Test("can lag, show unfinished requests, or be forbidden")
  func modes() async throws {
    try await withFal(quick { $0.listingLag = 1000 }) { client in
      _ = await client.outcome()
      #expect(ids(await client.call("GET", path)).isEmpty)
    }
    let unfinished = quick {
      $0.listsUnfinished = true
      $0.latency = 1000...1000
      $0.runners = 1
    }
    try await withFal(unfinished) { client in
      let sent = [await client.submit(), await client.submit()]
      #expect(ids(await client.call("GET", path)) == sent.reversed())
      client.fal.list(false)
      #expect(await client.call("GET", path).status == 403)
    }
  }
}
