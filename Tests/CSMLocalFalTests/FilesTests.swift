import Foundation
import Testing

@testable import CSMLocalFal

@Suite("Files")
struct FilesTests {
  @Test("are uploaded without the key and served back")
  func initiated() async throws {
    try await withFal { client in
      let ticket = await client.call(
        "POST", "/storage/upload/initiate?storage_type=fal-cdn-v3",
        #"{"file_name":"a clip.wav","content_type":"audio/x-wav"}"#)
      let target = try #require(
        (ticket.json?["upload_url"] as? String).flatMap { URL(string: $0) })
      let place = try #require(
        (ticket.json?["file_url"] as? String).flatMap { URL(string: $0) })
      var stranger = client
      stranger.key = nil
      #expect(await stranger.call("GET", place.path(percentEncoded: true)).status == 404)
      #expect(await stranger.call("PUT", target.path, "the clip").status == 200)
      let file = await stranger.call("GET", place.path(percentEncoded: true))
      #expect(file.text == "the clip")
      #expect(file.headers["content-type"] == "audio/x-wav")
      #expect(client.fal.statistics().keyLeaks == 0)
    }
  }

  @Test("count and refuse a leaked key")
  func leaks() async throws {
    try await withFal { client in
      let id = await client.submit()
      _ = await client.wait(for: id)
      #expect(await client.call("GET", "/files/audio/\(id).wav").status == 400)
      #expect(await client.call("PUT", "/uploads/\(UUID())", "x").status == 400)
      #expect(client.fal.statistics().keyLeaks == 2)
    }
  }

  @Test(
    "are served in parts",
    arguments: [
      ("bytes=0-3", 206, "RIFF"), ("bytes=8-11", 206, "WAVE"), ("bytes=99999999-", 416, ""),
      ("bytes=5-2", 416, ""), ("bytes=36-39", 206, "data"),
    ])
  func ranges(range: String, status: Int, text: String) async throws {
    try await withFal { client in
      let id = await client.submit()
      _ = await client.wait(for: id)
      var stranger = client
      stranger.key = nil
      let path = "/files/audio/\(id).wav"
      let part = await stranger.call("GET", path, headers: ["Range": range])
      #expect(part.status == status)
      #expect(part.text == text)
      let whole = await stranger.call("GET", path, headers: ["Range": range, "If-Range": "\"no\""])
      #expect(whole.status == 200)
      let tail = await stranger.call("GET", path, headers: ["Range": "bytes=-10"])
      #expect(tail.body == Array(whole.body.suffix(10)))
      #expect(whole.headers["accept-ranges"] == "bytes")
    }
  }

  @Test("files of audio differ by text and request, within the sizes that are set")
  func audio() async throws {
    let audio = Audio(sizes: nil, speech: nil)
    let body = Array(Client.scene("Hello").utf8)
    let input = try SpeechInput(checking: body, for: .csm)
    let id = UUID()
    let first = await audio.file(of: id, saying: input, body: body)
    #expect(await audio.file(of: id, saying: input, body: body) == first)
    #expect(await audio.file(of: UUID(), saying: input, body: body) != first)
    let other = Array(Client.scene("Jello").utf8)
    #expect(await audio.file(of: id, saying: input, body: other) != first)
    // Audible but not clipped.
    let samples = stride(from: 44, to: first.count, by: 2).map {
      Int(Int16(truncatingIfNeeded: Int(first[$0]) | Int(first[$0 + 1]) << 8))
    }
    let peak = samples.map(\.magnitude).max() ?? 0
    #expect((3_000..<20_000).contains(peak))

    let sized = Audio(sizes: 10_000...20_000, speech: nil)
    for _ in 0..<100 {
      let size = await sized.size(of: UUID(), saying: input, body: body)
      #expect((9_998...20_000).contains(size))
    }
  }
}
