import CSMCore
import CSMFal
import Servers
import Synchronization
import Testing

/// Keeps the audio's bytes.
final class KeptAudio: AudioSink {
  private let kept = Mutex<[UInt8]>([])

  var text: String { kept.withLock { String(decoding: $0, as: UTF8.self) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    kept.withLock { $0 += bytes }
  }
}

@Suite("A download that breaks off", .timeLimit(.minutes(10)))
struct FetchPartsTests {
  private let offer = "Accept-Ranges: bytes\r\nETag: \"v1\"\r\n"

  @Test("resumes where it ended after each break")
  func goesOn() async throws {
    let (download, audio, server) = try await fetch(
      "200 OK", offer,
      then: [
        .part("Content-Range: bytes 6-9/10", "6789")
      ])
    guard case .complete = download else {
      Issue.record("\(download)")
      return
    }
    #expect(audio.text == "0123456789")
    #expect(server.requests.count == 2)
    #expect(server.requests.last?.contains("Range: bytes=6-\r\n") == true)
    #expect(server.requests.last?.contains("If-Range: \"v1\"\r\n") == true)
  }

  @Test("resumes while each part brings something, and does not accept an incomplete file")
  func lessThanAsked() async throws {
    let part = Answer.part("Content-Range: bytes 6-7/10", "67")
    let (download, audio, server) = try await fetch(
      "200 OK", offer, then: [part, .part("Content-Range: bytes 8-9/10", "89")])
    guard case .complete = download else {
      Issue.record("\(download)")
      return
    }
    #expect(audio.text == "0123456789")
    #expect(server.requests.last?.contains("Range: bytes=8-\r\n") == true)
    let (cut, _, _) = try await fetch(
      "200 OK", offer, then: [part, .part("Content-Range: bytes 8-7/10", "")])
    guard case .failed(.later) = cut else {
      Issue.record("\(cut)")
      return
    }
  }

  @Test(
    "begins anew another time where the server offers no parts of one version",
    arguments: ["", "Accept-Ranges: bytes\r\n", "Accept-Ranges: bytes\r\nETag: W/\"v1\"\r\n"])
  func offersNothing(headers: String) async throws {
    let (download, audio, server) = try await fetch("200 OK", headers, then: [])
    guard case .failed(.later) = download else {
      Issue.record("\(download)")
      return
    }
    #expect(audio.text == "012345")
    #expect(server.requests.count == 1)
  }

  @Test(
    "takes nothing that does not begin where it ended",
    arguments: [
      Answer.part("Content-Range: bytes 5-9/10", "56789"), .part("X-Nothing: 1", "6789"),
      .part("Content-Range: bytes 6-9/10\r\nETag: \"v2\"", "6789"),
      .part("Content-Range: bytes 6-9/11", "6789"),
      .whole("0123456789"),
    ])
  func otherPart(answer: Answer) async throws {
    let (download, audio, _) = try await fetch("200 OK", offer, then: [answer])
    guard case .failed = download else {
      Issue.record("\(download)")
      return
    }
    #expect(audio.text == "012345")
  }

  @Test("is put off if a part brings nothing")
  func bringsNothing() async throws {
    let (download, _, server) = try await fetch("200 OK", offer, then: [.nothing])
    guard case .failed(.later) = download else {
      Issue.record("\(download)")
      return
    }
    #expect(server.requests.count == 2)
  }

  @Test("is put off if the server breaks off after every byte")
  func byteByByte() async throws {
    let (download, audio, server) = try await fetch("200 OK", offer, length: 100, then: [.byte])
    guard case .failed(.later) = download else {
      Issue.record("\(download)")
      return
    }
    #expect(server.requests.count == 8)
    #expect(audio.text == "012345" + String(repeating: "x", count: 7))
  }

  @Test("is put off if it is too slow, and resumed later")
  func slow() async throws {
    let offer = offer
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      if peer.number == 0 {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\(offer)\r\n012345")
        peer.waitForPeer()
      } else {
        peer.answer(
          "6789", status: "206 Partial Content", headers: "Content-Range: bytes 6-9/10\r\n")
      }
    }
    defer { server.stop() }
    let settings = try Settings(["CSM_CDN_HOSTS": "127.0.0.1:\(server.port)"])
    let fal = FalClient(transport: CurlTransport(), services: .init(settings)) { nil }
    let audio = KeptAudio()
    let funnel = AudioFunnel(audio)
    let result = #"{"audio": {"url": "\#(server.url("/a.wav"))"}}"#
    let first = await fal.fetch(result: result, by: funnel, patience: .seconds(3))
    guard case .failed(.slow) = first else {
      Issue.record("\(first)")
      return
    }
    #expect(funnel.canGoOn)
    let second = await fal.fetch(result: result, by: funnel, patience: .seconds(60))
    guard case .complete = second else {
      Issue.record("\(second)")
      return
    }
    #expect(audio.text == "0123456789")
  }

  enum Answer: Sendable {
    /// A 206 with the next byte of a hundred, then nothing.
    case byte
    /// A complete 206 with this header.
    case part(String, String)
    /// A 200 with the whole file.
    case whole(String)
    /// A 206 that breaks off before its first byte.
    case nothing
  }

  /// Fetches ten bytes or more, of which the first answer brings six.
  private func fetch(
    _ status: String, _ headers: String, length: Int = 10, then answers: [Answer]
  ) async throws -> (Download, KeptAudio, RawServer) {
    let server = try RawServer { peer in
      guard peer.readRequest() != nil else { return }
      guard peer.number > 0 else {
        peer.write("HTTP/1.1 \(status)\r\nContent-Length: \(length)\r\n\(headers)\r\n012345")
        return
      }
      switch answers[min(peer.number, answers.count) - 1] {
      case .part(let header, let body):
        peer.answer(body, status: "206 Partial Content", headers: "\(header)\r\n")
      case .byte:
        let place = 5 + peer.number
        peer.write(
          "HTTP/1.1 206 Partial Content\r\nContent-Length: \(100 - place)\r\n"
            + "Content-Range: bytes \(place)-99/100\r\n\r\nx")
      case .whole(let body): peer.answer(body)
      case .nothing:
        peer.write(
          "HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\n"
            + "Content-Range: bytes 6-9/10\r\n\r\n")
      }
    }
    defer { server.stop() }
    let settings = try Settings(["CSM_CDN_HOSTS": "127.0.0.1:\(server.port)"])
    let fal = FalClient(transport: CurlTransport(), services: .init(settings)) { nil }
    let audio = KeptAudio()
    let result = #"{"audio": {"url": "\#(server.url("/a.wav"))"}}"#
    let download = await fal.fetch(result: result, into: audio)
    return (download, audio, server)
  }
}
