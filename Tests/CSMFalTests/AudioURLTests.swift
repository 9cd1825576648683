import CSMCore
import CSMFal
import Foundation
import Servers
import Testing

@Suite("URLs of audio that violate RFC 3986", .timeLimit(.minutes(10)))
struct AudioURLTests {
  /// Path and query as fal may give them, and as they are requested.
  static let spellings = [
    ("/files/good evening.wav", "/files/good%20evening.wav"),
    ("/für/ü.wav?name=Zoë Ä", "/f%C3%BCr/%C3%BC.wav?name=Zo%C3%AB%20%C3%84"),
    ("/already%20there/%C3%BC b.wav", "/already%20there/%C3%BC%20b.wav"),
    ("/夜.wav", "/%E5%A4%9C.wav"), ("/plain.wav?a=b&c=%2F", "/plain.wav?a=b&c=%2F"),
  ]

  @Test("are percent-encoded after the host", arguments: spellings)
  func encoded(spelling: (named: String, asked: String)) async throws {
    let (download, server) = try await fetch { "\($0)\(spelling.named)" }
    guard case .complete = download else {
      Issue.record("\(download)")
      return
    }
    #expect(server.requests.first?.hasPrefix("GET \(spelling.asked) HTTP/1.1\r\n") == true)
  }

  @Test("are percent-encoded in redirects, too", arguments: [true, false])
  func redirect(isWhole: Bool) async throws {
    let (download, server) = try await fetch(
      leadingTo: { (isWhole ? $0 : "") + "/b/good ü.wav" }, from: { "\($0)/a.wav" })
    guard case .complete = download else {
      Issue.record("\(download)")
      return
    }
    #expect(server.requests.last?.hasPrefix("GET /b/good%20%C3%BC.wav HTTP/1.1\r\n") == true)
  }

  @Test(
    "stay refused with what no URL holds in any spelling",
    arguments: [
      "/a\r\nX: y.wav", "/a\nb.wav", "/a\tb.wav", "/a\u{0}b.wav", "/a\u{7F}b.wav", "/a\\b.wav",
    ])
  func refused(path: String) async throws {
    let (download, server) = try await fetch { "\($0)\(path)" }
    guard case .failed(.refused) = download else {
      Issue.record("\(download)")
      return
    }
    #expect(server.requests.isEmpty)
  }

  /// Fetches audio from this path of an allowed server.
  private func fetch(
    leadingTo place: @escaping @Sendable (String) -> String? = { _ in nil },
    from url: (_ server: String) -> String
  ) async throws -> (Download, RawServer) {
    let server = try RawServer { peer in
      var isFirst = true
      while let request = peer.readRequest() {
        let host = request.firstMatch(of: /\r\nHost: (\S+)/).map { String($0.1) } ?? ""
        if isFirst, let place = place("http://\(host)") {
          peer.answer("", status: "302 Found", headers: "Location: \(place)\r\n")
        } else {
          peer.answer("audio")
        }
        isFirst = false
      }
    }
    defer { server.stop() }
    var settings = Settings()
    settings.cdnHosts = ["127.0.0.1:\(server.port)"]
    let client = FalClient(transport: CurlTransport(), services: .init(settings)) { nil }
    let audio = url("http://127.0.0.1:\(server.port)")
    let result = String(decoding: try JSONEncoder().encode(["audio": audio]), as: UTF8.self)
    return (await client.fetch(result: result, into: Nowhere()), server)
  }
}

private struct Nowhere: AudioSink {
  func write(_ bytes: UnsafeRawBufferPointer) {}
}
