import Foundation
import Testing

@testable import CSMLocalFal

@Suite("The list of models")
struct ModelTests {
  private let path = "/v1/models?endpoint_id="

  private func model(_ client: Client, _ query: String) async throws -> [String: Any] {
    let answer = await client.call("GET", path + query)
    #expect(answer.json?["has_more"] as? Bool == false)
    return try #require((answer.json?["models"] as? [[String: Any]])?.first)
  }

  /// The schema of a model's input, found like a caller does, by the path of the POST.
  private func input(_ model: [String: Any]) throws -> [String: Any] {
    let document = try #require(model["openapi"] as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    let posts = paths.values.compactMap { $0["post"] as? [String: Any] }
    #expect(posts.count == 1)
    let content = (posts.first?["requestBody"] as? [String: Any])?["content"] as? [String: Any]
    let json = content?["application/json"] as? [String: Any]
    let reference = try #require((json?["schema"] as? [String: Any])?["$ref"] as? String)
    let components = document["components"] as? [String: Any]
    let schemas = try #require(components?["schemas"] as? [String: [String: Any]])
    return try #require(schemas[reference.replacing("#/components/schemas/", with: "")])
  }

  @Test("shows which models are active or deprecated", arguments: [false, true])
  func status(isDeprecated: Bool) async throws {
    try await withFal(quick { $0.isDeprecated = isDeprecated }) { client in
      let model = try await model(client, "fal-ai/csm-1b")
      #expect(model["endpoint_id"] as? String == "fal-ai/csm-1b")
      #expect(model["openapi"] == nil)
      let metadata = try #require(model["metadata"] as? [String: Any])
      #expect(metadata["status"] as? String == (isDeprecated ? "deprecated" : "active"))
      for name in ["display_name", "category", "description", "tags", "updated_at", "model_url"] {
        #expect(metadata[name] != nil, "\(name) is not there")
      }
      let other = try await self.model(client, "fal-ai/kokoro/american-english")
      #expect((other["metadata"] as? [String: Any])?["status"] as? String == "active")
    }
  }

  @Test("shows which model requires a scene, and which ignores it")
  func schemas() async throws {
    try await withFal { client in
      let csm = try input(await model(client, "fal-ai/csm-1b&expand=openapi-3.0"))
      #expect(csm["required"] as? [String] == ["scene"])
      #expect(Set((csm["properties"] as? [String: Any] ?? [:]).keys) == ["scene", "context"])
      let name = "fal-ai/kokoro/american-english"
      let kokoro = try input(await model(client, name + "&expand=openapi-3.0"))
      #expect(kokoro["required"] == nil)
      #expect(Set((kokoro["properties"] as? [String: Any] ?? [:]).keys) == ["prompt"])
    }
  }

  @Test("is public, except for wrong keys, and has no private copies")
  func access() async throws {
    let options = quick {
      $0.key = "id:secret"
      $0.privateApps = ["me/my-csm"]
    }
    try await withFal(options) { client in
      var stranger = client
      stranger.key = nil
      #expect(await stranger.call("GET", path + "fal-ai/csm-1b").status == 200)
      #expect(await stranger.call("GET", "/v1/models").status == 200)
      stranger.key = "id:wrong"
      #expect(await stranger.call("GET", path + "fal-ai/csm-1b").status == 401)
      #expect(await client.call("GET", path + "me/my-csm").status == 404)
    }
  }

  @Test("has a model that ignores a scene; a private copy accepts it like the original")
  func others() async throws {
    try await withFal(quick { $0.privateApps = ["me/my-csm"] }) { client in
      func outcome(_ endpoint: String, _ app: String, _ body: String) async throws -> Client.Answer
      {
        let sent = await client.call("POST", "/\(endpoint)", body)
        let id = try #require(sent.json?["request_id"] as? String)
        _ = await client.call("GET", "/\(app)/requests/\(id)/status/stream")
        return await client.call("GET", "/\(app)/requests/\(id)")
      }
      let kokoro = "fal-ai/kokoro/american-english"
      let ignored = try await outcome(kokoro, "fal-ai/kokoro", Client.scene("Hello there."))
      #expect(ignored.status == 200)
      #expect(ignored.headers["x-fal-billable-units"] == "0.0")
      let spoken = try await outcome(kokoro, "fal-ai/kokoro", #"{"prompt":"Hello there."}"#)
      #expect(spoken.headers["x-fal-billable-units"] == "0.012")
      let wrong = try await outcome(kokoro, "fal-ai/kokoro", #"{"prompt":1}"#)
      #expect(wrong.status == 422)
      let copy = try await outcome("me/my-csm", "me/my-csm", Client.scene("Hello there."))
      #expect(copy.headers["x-fal-billable-units"] == "0.012")
      #expect(try await outcome("fal-ai/kokoro", "fal-ai/kokoro", "{}").status == 404)
    }
  }
}
