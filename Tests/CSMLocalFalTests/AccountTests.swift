import Foundation
import Testing

@testable import CSMLocalFal

@Suite("The account")
struct AccountTests {
  private static let clip = #"{"file_name":"a.wav","content_type":"audio/wav"}"#

  /// The status codes of a submit, an upload, a status and the balance.
  private func codes(_ client: Client, _ id: String) async -> [Int] {
    [
      await client.call("POST", "/fal-ai/csm-1b", Client.scene("Hello")).status,
      await client.call("POST", "/storage/upload/initiate", Self.clip).status,
      await client.status(id).status,
      await client.call("GET", "/billing/user_balance").status,
    ]
  }

  @Test("can be locked for submits and uploads only")
  func submitLock() async throws {
    let options = quick {
      $0.submitLock = "Admin lock."
      $0.balance = 1
    }
    try await withFal(options) { client in
      let refused = await client.call("POST", "/fal-ai/csm-1b", Client.scene("Hello"))
      #expect(refused.status == 403)
      #expect(refused.json?["detail"] as? String == "User is locked. Reason: Admin lock.")
      #expect(client.fal.statistics().accepted == 0)
      #expect(await client.call("DELETE", "/_localfal/lock-submits").status == 200)
      let id = await client.submit()
      _ = await client.wait(for: id)
      #expect(await codes(client, id) == [200, 200, 200, 200])
      #expect(await client.call("PUT", "/_localfal/lock-submits", "TOP_UP.").status == 200)
      #expect(await codes(client, id) == [403, 403, 200, 200])
      let upload = await client.call("POST", "/storage/upload/initiate", Self.clip)
      #expect(upload.json?["detail"] as? String == "User is locked. Reason: TOP_UP.")
      #expect(await client.result(id).status == 200)
    }
  }

  @Test("can be locked from the start, except for the balance and the listing")
  func lock() async throws {
    let options = quick {
      $0.lock = "Unknown."
      $0.balance = 1
    }
    try await withFal(options) { client in
      #expect(await codes(client, UUID().uuidString) == [403, 403, 403, 200])
      let listing = "/v1/models/requests/by-endpoint?endpoint_id=fal-ai/csm-1b"
      #expect(await client.call("GET", listing).status == 200)
    }
  }

  @Test("has a balance that falls by the price of each success")
  func balance() async throws {
    let options = try quick {
      $0.balance = 10
      $0.price = 100
      $0.faults = try FaultPlan("run:500#2")
    }
    try await withFal(options) { client in
      let path = "/billing/user_balance"
      #expect(await client.call("GET", path).text == "10")
      #expect(await client.call("GET", path).headers["content-type"] == "application/json")
      _ = await client.outcome(of: "Exactly twenty, yes.")
      #expect(await client.call("GET", path).text == "8")
      #expect(await client.outcome(of: "Exactly twenty, yes.").status == 500)
      _ = await client.call("POST", "/fal-ai/csm-1b", "{}")
      #expect(await client.call("GET", path).text == "8")
      #expect(await client.call("PUT", "/_localfal/balance", "much").status == 400)
      #expect(await client.call("PUT", "/_localfal/balance", "0.5").status == 200)
      _ = await client.outcome(of: "Exactly twenty, yes.")
      #expect(await client.call("GET", path).text == "-1.5")
      var stranger = client
      stranger.key = nil
      #expect(await stranger.call("GET", path).status == 401)
      #expect(await client.call("DELETE", "/_localfal/balance").status == 200)
      let unknown = await client.call("GET", path)
      #expect(unknown.status == 404)
      #expect(unknown.json != nil)
    }
  }

  @Test("locks itself while the balance is used up")
  func balanceLock() async throws {
    let options = quick {
      $0.balance = 0.01
      $0.balanceLocks = true
      $0.price = 1
    }
    try await withFal(options) { client in
      let id = await client.submit("Twelve long.")
      _ = await client.wait(for: id)
      #expect(await codes(client, id) == [403, 403, 200, 200])
      let refused = await client.call("POST", "/fal-ai/csm-1b", Client.scene("Hello"))
      #expect(refused.json?["detail"] as? String == "User is locked. Reason: Exhausted balance.")
      #expect(await client.call("PUT", "/_localfal/balance", "5").status == 200)
      #expect(await codes(client, id) == [200, 200, 200, 200])
    }
  }

  @Test("can read the prices of models")
  func prices() async throws {
    try await withFal(quick { $0.price = 0.04 }) { client in
      let path = "/v1/models/pricing"
      let answer = await client.call("GET", path + "?endpoint_id=fal-ai/csm-1b,no/such-model")
      let prices = try #require(answer.json?["prices"] as? [[String: Any]])
      #expect(prices.count == 1)
      #expect(prices.first?["endpoint_id"] as? String == "fal-ai/csm-1b")
      #expect(prices.first?["unit_price"] as? Double == 0.04)
      #expect(prices.first?["unit"] as? String == "1000 characters")
      #expect(prices.first?["currency"] as? String == "USD")
      #expect(answer.json?["has_more"] as? Bool == false)
      #expect(answer.json?["next_cursor"] is NSNull)
      #expect(await client.call("GET", path).status == 400)
      #expect(await client.call("GET", path + "?endpoint_id=no/such-model").status == 404)
      var stranger = client
      stranger.key = nil
      let refused = await stranger.call("GET", path + "?endpoint_id=fal-ai/csm-1b")
      #expect(refused.status == 401)
      let error = refused.json?["error"] as? [String: Any]
      #expect(error?["type"] as? String == "authorization_error")
    }
  }
}
