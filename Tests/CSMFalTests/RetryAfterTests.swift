import CSMCore
import CSMFal
import Servers
import Testing

@Suite("Retry-After", .timeLimit(.minutes(10)))
struct RetryAfterTests {
  static let date = "Fri, 31 Dec 1999 23:59:00 GMT"

  @Test(
    "Retry-After in seconds, or as a date that is taken relative to the answer's own",
    arguments: [
      ("90", 90), ("Fri, 31 Dec 1999 23:59:30 GMT", 30), ("Sat, 01 Jan 2000 00:00:00 GMT", 60),
    ]
      as [(String, Int64)])
  func understood(value: String, seconds: Int64) async throws {
    #expect(try await patience(value) == .seconds(seconds))
  }

  @Test(
    "whatever is no date of HTTP says nothing, and harms nobody",
    arguments: [
      "", "-1", "soon", "Fri, 31 Dec 1998 23:59:00 GMT", "Fri, 31 Foo 2099 23:59:00 GMT",
      "Fri, 99 Dec 2099 99:99:99 GMT", "Fri, 31 Dec 99999999999 23:59:00 GMT",
      "Fr\u{ED}, 31 D\u{E9}c 9999 23:59:59 GMT", "Fri\u{301}, 31 Dec 9999 23:59:59 CET",
    ])
  func passedOver(value: String) async throws {
    #expect(try await patience(value) == nil)
  }

  @Test("an accented letter does no harm")
  func accent() async throws {
    _ = try await patience("Fri\u{301}, 31 Dec 9999 23:59:59 GMT")
  }

  /// How long a refused submit is to wait.
  private func patience(_ value: String) async throws -> Duration? {
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer(
          #"{"detail": "slow down"}"#, status: "429 Too Many Requests",
          headers:
            "Content-Type: application/json\r\nDate: \(Self.date)\r\nRetry-After: \(value)\r\n")
      }
    }
    defer { server.stop() }
    let settings = try Settings(["CSM_QUEUE_URL": "http://127.0.0.1:\(server.port)"])
    let key = Secret("key:canary")
    let fal = FalClient(transport: CurlTransport(), services: .init(settings)) { key }
    let request = SpeechRequest(scene: [.init(text: "Hello.", speakerID: 0)])
    let outcome = await fal.submit(request, to: "fal-ai/csm-1b", at: Timestamp(milliseconds: 0)) {
      nil
    }
    guard case .later(_, let retryAfter) = outcome else {
      Issue.record("\(outcome)")
      return nil
    }
    return retryAfter
  }
}
