import Foundation
import Testing

@testable import CSMLocalFal

@Suite("The queue's protocol")
struct QueueProtocolTests {
  @Test("takes a request from submit to audio")
  func wholeWay() async throws {
    try await withFal { client in
      let submitted = await client.call("POST", "/fal-ai/csm-1b", Client.scene("Hello there."))
      #expect(submitted.status == 200)
      let id = try #require(submitted.json?["request_id"] as? String)
      #expect(submitted.headers["x-fal-request-id"] == id)
      #expect(submitted.json?["status"] as? String == "IN_QUEUE")
      let base = "http://127.0.0.1:\(client.port)/fal-ai/csm-1b/requests/\(id)"
      #expect(submitted.json?["response_url"] as? String == base)
      #expect(submitted.json?["status_url"] as? String == base + "/status")
      #expect(submitted.json?["cancel_url"] as? String == base + "/cancel")

      #expect(await client.wait(for: id).last?.contains("COMPLETED") == true)
      let status = await client.status(id)
      #expect(status.status == 200)
      #expect((status.json?["metrics"] as? [String: Any])?["inference_time"] is Double)

      let result = await client.result(id)
      #expect(result.headers["x-fal-billable-units"] == "0.012")
      let audio = try #require(result.json?["audio"] as? [String: Any])
      let url = try #require((audio["url"] as? String).flatMap { URL(string: $0) })
      var stranger = client
      stranger.key = nil
      let file = await stranger.call("GET", url.path)
      #expect(file.headers["content-type"] == "audio/wav")
      #expect(file.body.count == audio["file_size"] as? Int)
      // 0.4 s and 12 characters at 14 a second, 24,000 frames a second, 2 bytes a frame.
      #expect(file.body.count == 44 + 2 * 30_171)
      #expect(await stranger.call("GET", url.path).body == file.body)
    }
  }

  @Test("gives URLs for the caller's own way to it, even behind a TLS proxy")
  func forwarded() async throws {
    try await withFal { client in
      let headers = ["X-Forwarded-Proto": "https"]
      let answer = await client.call(
        "POST", "/fal-ai/csm-1b", Client.scene("Hello"), headers: headers)
      let id = try #require(answer.json?["request_id"] as? String)
      _ = await client.wait(for: id)
      let path = "/fal-ai/csm-1b/requests/\(id)"
      let base = "https://127.0.0.1:\(client.port)"
      #expect(answer.json?["response_url"] as? String == base + path)
      let result = await client.call("GET", path, headers: headers)
      let audio = try #require(result.json?["audio"] as? [String: Any])
      #expect(audio["url"] as? String == "\(base)/files/audio/\(id).wav")
    }
  }

  @Test("gives concurrent requests different ids, even with a seed")
  func distinctIDs() async throws {
    var options = quick()
    options.seed = 7
    let ledger = try temporaryPath()
    defer { removeFolder(of: ledger) }
    options.ledger = ledger
    let ids = try await withFal(options) { client in
      await withTaskGroup(of: String?.self) { group in
        for _ in 0..<32 {
          group.addTask {
            await client.call("POST", "/fal-ai/csm-1b", Client.scene("Hello."))
              .json?["request_id"] as? String
          }
        }
        return await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
    }
    #expect(ids.count == 32)
  }

  @Test("answers 202 with a position until a request has ended, and 400 for its result")
  func unfinished() async throws {
    let options = quick {
      $0.runners = 1
      $0.latency = 1000...1000
    }
    try await withFal(options) { client in
      let running = await client.submit()
      let next = await client.submit()
      let last = await client.submit()
      let answers = [
        await client.status(running), await client.status(next), await client.status(last),
      ]
      #expect(answers.map(\.status) == [202, 202, 202])
      #expect(
        answers.map { $0.json?["status"] as? String } == ["IN_PROGRESS", "IN_QUEUE", "IN_QUEUE"])
      #expect(answers.map { $0.json?["queue_position"] as? Int } == [nil, 0, 1])
      let result = await client.result(running)
      #expect(result.status == 400)
      #expect(result.json?["detail"] as? String == "Request is still in progress")
      let full = await client.call("POST", "/fal-ai/csm-1b?fal_max_queue_length=1", "{}")
      #expect(full.status == 429)
    }
  }

  @Test("cancels: 200 in the queue, 202 while it runs, then 400, and 499 as the result")
  func cancel() async throws {
    let options = quick {
      $0.runners = 1
      $0.latency = 1000...1000
    }
    try await withFal(options) { client in
      let running = await client.submit()
      let waiting = await client.submit()
      func cancel(_ id: String) async -> (Int, String?) {
        let answer = await client.call("PUT", "/fal-ai/csm-1b/requests/\(id)/cancel")
        return (answer.status, answer.json?["status"] as? String)
      }
      #expect(await cancel(waiting) == (200, "OK"))
      #expect(await cancel(running) == (202, "CANCELLATION_REQUESTED"))
      #expect(await cancel(running) == (400, "ALREADY_COMPLETED"))
      #expect(await cancel(UUID().uuidString) == (404, "NOT_FOUND"))
      let status = await client.status(running)
      #expect(status.status == 200)
      #expect(status.json?["error_type"] as? String == "client_cancelled")
      let result = await client.result(running)
      #expect(result.status == 499)
      #expect(result.headers["x-fal-error-type"] == "client_cancelled")
    }
  }

  @Test("refuses at submit: no key, a wrong key, a lock, an unknown app, a bad timeout")
  func refusals() async throws {
    try await withFal(quick { $0.key = "id:secret" }) { client in
      var other = client
      other.key = "id:wrong"
      var none = client
      none.key = nil
      func submit(_ client: Client, _ app: String = "csm-1b", _ timeout: String = "5") async -> Int
      {
        let header = ["X-Fal-Request-Start-Timeout": timeout]
        return await client.call("POST", "/fal-ai/\(app)", "{}", headers: header).status
      }
      #expect(await submit(other) == 401)
      #expect(await submit(none) == 401)
      #expect(await submit(client, "csm-2b") == 404)
      #expect(await submit(client, "csm-1b", "0.1") == 400)
      client.fal.lock(reason: "TOP_UP.")
      #expect(await submit(client) == 403)
      let locked = await client.status(UUID().uuidString)
      #expect(locked.json?["detail"] as? String == "User is locked. Reason: TOP_UP.")
      client.fal.unlock()
      #expect(client.fal.statistics().accepted == 0)
      #expect(await submit(client) == 200)
    }
  }

  @Test("always answers like fal: JSON, with an id and the date")
  func voice() async throws {
    try await withFal(quick { $0.key = "id:secret" }) { client in
      let id = await client.submit()
      _ = await client.wait(for: id)
      var stranger = client
      stranger.key = "id:wrong"
      let broken = await client.call("POST", "/fal-ai/csm-1b", "{}").json?["request_id"] as? String
      let invalid = try #require(broken)
      _ = await client.wait(for: invalid)
      let requests = "/fal-ai/csm-1b/requests"
      var answers = [
        await client.call("POST", "/fal-ai/csm-1b", Client.scene("Again.")),
        await client.status(id), await client.result(id), await client.result(invalid),
        await client.call("PUT", "\(requests)/\(id)/cancel"), await stranger.status(id),
        await client.status(UUID().uuidString), await client.status("nonsense"),
        await client.call("POST", "/fal-ai/csm-2b"), await client.call("GET", "/fal-ai/csm-1b"),
        await client.call("POST", "/fal-ai/csm-1b", headers: ["X-Fal-Request-Timeout": "0"]),
        await client.call("POST", "/fal-ai/csm-1b?fal_max_queue_length=-1"),
      ]
      client.fal.lock()
      answers.append(await client.status(id))
      #expect(
        answers.map(\.status) == [200, 200, 200, 422, 400, 401, 404, 404, 404, 404, 400, 429, 403])
      for answer in answers {
        #expect(answer.isFals, "\(answer.status) \(answer.text)")
        #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
      }
      #expect(answers[1...4].map { $0.headers["x-fal-request-id"] } == [id, id, invalid, id])
    }
  }

  @Test("uses its own clock", arguments: [-7200.0, 0, 86_400])
  func clock(offset: Double) async throws {
    let options = try quick {
      $0.clockOffset = offset
      $0.faults = try FaultPlan("submit:429:date+60#2")
    }
    try await withFal(options) { client in
      func shift(_ text: String?) throws -> Double {
        let text = try #require(text)
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        let date = try #require(Date(rfc3339: text) ?? format.date(from: text))
        return date.timeIntervalSinceNow
      }
      let outcome = await client.outcome()
      #expect(abs(try shift(outcome.headers["date"]) - offset) < 60)
      let busy = await client.call("POST", "/fal-ai/csm-1b", "{}")
      #expect(abs(try shift(busy.headers["retry-after"]) - offset - 60) < 60)
      let listing = "/v1/models/requests/by-endpoint?endpoint_id=fal-ai/csm-1b"
      let listed = await client.call("GET", listing)
      let item = try #require((listed.json?["items"] as? [[String: Any]])?.first)
      for name in ["sent_at", "started_at", "ended_at"] {
        #expect(abs(try shift(item[name] as? String) - offset) < 60)
      }
      #expect(abs(try shift(listed.headers["date"]) - offset) < 60)
    }
  }

  @Test(
    "lets the model refuse an input at the result",
    arguments: [
      ("", "json_invalid"), ("{}", "missing"), ("[]", "model_attributes_type"),
      (#"{"scene":"x"}"#, "list_type"), (#"{"scene":[{"text":1,"speaker_id":0}]}"#, "string_type"),
      (#"{"scene":[{"text":"a","speaker_id":"0"}]}"#, "int_type"),
      (#"{"scene":[],"context":[{}]}"#, "missing"),
    ])
  func validation(body: String, type: String) async throws {
    try await withFal { client in
      let submitted = await client.call("POST", "/fal-ai/csm-1b", body)
      let id = try #require(submitted.json?["request_id"] as? String)
      _ = await client.wait(for: id)
      #expect(await client.status(id).json?["error_type"] == nil)
      let result = await client.result(id)
      #expect(result.status == 422)
      #expect(result.headers["x-fal-billable-units"] == "0")
      let detail = result.json?["detail"] as? [[String: Any]]
      #expect(detail?.first?["type"] as? String == type)
    }
  }

  @Test("treats a POST to a result's URL as another submit, which fails in the model")
  func postToResult() async throws {
    try await withFal { client in
      let first = await client.submit()
      let again = await client.call("POST", "/fal-ai/csm-1b/requests/\(first)", "")
      let second = try #require(again.json?["request_id"] as? String)
      _ = await client.wait(for: second)
      #expect(await client.result(second).status == 404)
      #expect(client.fal.statistics().accepted == 2)
    }
  }
}
