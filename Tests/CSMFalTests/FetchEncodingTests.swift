import CSMCore
import CSMFal
import Servers
import Testing

@Suite("A download with a Content-Encoding", .timeLimit(.minutes(10)))
struct FetchEncodingTests {
  @Test(
    "is taken as it is if its bytes are not in that encoding",
    arguments: ["aws-chunked", "utf-8", "binary", "gzip", "identity"])
  func other(encoding: String) async throws {
    let (download, audio, server) = try await fetch(Array("0123456789".utf8), encoding)
    guard case .complete = download else {
      Issue.record("\(download)")
      return
    }
    #expect(audio.text == "0123456789")
    #expect(server.requests.count == (encoding == "identity" ? 1 : 2))
    #expect(server.requests.allSatisfy { $0.contains("\r\nAccept-Encoding: identity\r\n") })
  }

  @Test("is decoded if its bytes are in that encoding, although none was asked for")
  func gzip() async throws {
    // `{"status": "IN_QUEUE"}`
    let packed: [UInt8] = [
      31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 42, 46, 73, 44, 41, 45, 86, 178, 82, 80, 242, 244,
      139, 15, 12, 117, 13, 117, 85, 170, 5, 0, 210, 142, 172, 137, 22, 0, 0, 0,
    ]
    let (download, audio, server) = try await fetch(packed, "gzip")
    guard case .complete(_, isWhole: false) = download else {
      Issue.record("\(download)")
      return
    }
    #expect(audio.text == #"{"status": "IN_QUEUE"}"#)
    #expect(server.requests.count == 1)
  }

  /// Fetches a file of which the server says that it is in this encoding.
  private func fetch(
    _ file: [UInt8], _ encoding: String
  ) async throws -> (Download, KeptAudio, RawServer) {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: \(encoding)\r\n"
    let server = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.write(Array("\(head)Content-Length: \(file.count)\r\n\r\n".utf8) + file)
      }
    }
    defer { server.stop() }
    let settings = try Settings(["CSM_CDN_HOSTS": "127.0.0.1:\(server.port)"])
    let fal = FalClient(transport: CurlTransport(), services: .init(settings)) { nil }
    let audio = KeptAudio()
    let result = #"{"audio": {"url": "\#(server.url("/a.wav"))"}}"#
    return (await fal.fetch(result: result, into: audio), audio, server)
  }
}
