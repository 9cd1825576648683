import CSMCore
import CSMFal
import Foundation
import Servers
import Synchronization
import Testing

/// Each URL of the table, in every place where fal can give one: the trap is never contacted, the key goes
/// only to the queue, and requests use the URL built from the id.
@Suite("Hostile URLs", .timeLimit(.minutes(20)))
struct HostileURLTests {
  @Test("are at least 150")
  func number() {
    #expect(HostileURLs.everywhere.count >= 150)
    #expect(Set(HostileURLs.everywhere).count == HostileURLs.everywhere.count)
  }

  @Test("a hostile URL for a request: the one built from the id is used")
  func requestURL() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    for url in (HostileURLs.everywhere + HostileURLs.forKey).map(scene.filled) {
      let ticket = Ticket(
        requestID: scene.id, statusURL: url, responseURL: url, cancelURL: url,
        acceptedAt: Timestamp(milliseconds: 0))
      _ = await scene.client.poll(ticket, of: "fal-ai/csm-1b")
      _ = await scene.client.collect(ticket, of: "fal-ai/csm-1b")
      _ = await scene.client.cancel(ticket, of: "fal-ai/csm-1b")
      #expect(scene.takeURLs() == scene.ownURLs, "\(url.debugDescription.prefix(200))")
    }
    scene.demandNobodyWasLedAstray()
  }

  @Test("a hostile URL for audio: nothing is requested")
  func audioURL() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    for url in (HostileURLs.everywhere + HostileURLs.forAudio).map(scene.filled) {
      for audio in [["url": url] as Any, url as Any] {
        let result = try JSONSerialization.data(withJSONObject: ["audio": audio])
        let download = await scene.client.fetch(
          result: String(decoding: result, as: UTF8.self), into: Nowhere())
        expectRefused(download, url)
      }
      #expect(scene.takeURLs() == [], "\(url.debugDescription.prefix(200))")
    }
    scene.demandNobodyWasLedAstray()
    #expect(scene.cdn.connections == 0)
  }

  @Test("a hostile URL as the redirect of a download: it is not followed")
  func redirect() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    let first = "http://127.0.0.1:\(scene.cdn.port)/a.wav"
    for url in (HostileURLs.everywhere + HostileURLs.forAudio).map(scene.filled) {
      // A header cannot contain these.
      guard !url.utf8.contains(where: { [0, 10, 13].contains($0) }), url.utf8.count < 20_000,
        !url.isEmpty, url == url.trimmingCharacters(in: .whitespaces), url != "/"
      else { continue }
      scene.leadTo(url)
      let download = await scene.client.fetch(
        result: #"{"audio": "\#(first)"}"#, into: Nowhere())
      let urls = scene.takeURLs()
      // Without a scheme, it is a path on the same host.
      if urls.count > 1 {
        #expect(url.firstMatch(of: /^([A-Za-z][A-Za-z0-9+.-]*:|\/\/)/) == nil)
        #expect(urls.allSatisfy { $0.hasPrefix("http://127.0.0.1:\(scene.cdn.port)/") }, "\(urls)")
      } else {
        expectRefused(download, url, isRedirect: true)
        #expect(urls == [first], "\(url.debugDescription.prefix(200))")
      }
    }
    scene.demandNobodyWasLedAstray()
  }

  @Test("without a scheme stay on the host that gave them, or are checked like any other")
  func relative() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    let host = "http://127.0.0.1:\(scene.cdn.port)"
    scene.leadTo("c.wav?x=y")
    _ = await scene.client.fetch(
      result: #"{"audio": {"url": "../b/b.wav"}}"#, from: "\(host)/a/requests/1",
      by: AudioFunnel(Nowhere()), patience: .seconds(15))
    #expect(scene.takeURLs().prefix(2) == ["\(host)/a/b/b.wav", "\(host)/a/b/c.wav?x=y"])
    let trap = "127.0.0.1:\(scene.trap.port)"
    for url in ["//\(trap)/b.wav", "http://\(trap)/", "/b.wav", "b.wav"] {
      let download = await scene.client.fetch(
        result: #"{"audio": "\#(url)"}"#, from: "http://127.0.0.1:\(scene.queue.port)/a/requests/1",
        by: AudioFunnel(Nowhere()), patience: .seconds(15))
      expectRefused(download, url)
    }
    #expect(scene.takeURLs() == [])
    scene.demandNobodyWasLedAstray()
  }

  @Test("a redirect that starts with a slash stays on the same host, or is checked like any other")
  func relativeRedirect() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    let host = "http://127.0.0.1:\(scene.cdn.port)"
    scene.leadTo("/b.wav?x=y")
    _ = await scene.client.fetch(result: #"{"audio": "\#(host)/a/a.wav"}"#, into: Nowhere())
    #expect(scene.takeURLs().prefix(2) == ["\(host)/a/a.wav", "\(host)/b.wav?x=y"])
    scene.leadTo("//127.0.0.1:\(scene.trap.port)/b.wav")
    let download = await scene.client.fetch(
      result: #"{"audio": "\#(host)/a/a.wav"}"#, into: Nowhere())
    expectRefused(download, "//", isRedirect: true)
    scene.demandNobodyWasLedAstray()
  }

  @Test("a redirect to another host may pass; what it says names the host and the setting")
  func passingRedirect() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    scene.leadTo("https://errors.example.org/503.html?a=b")
    let download = await scene.client.fetch(
      result: #"{"audio": "http://127.0.0.1:\#(scene.cdn.port)/a.wav"}"#, into: Nowhere())
    guard case .failed(.damaged(let problem, nil)) = download else {
      Issue.record("\(download)")
      return
    }
    #expect(problem.kind == "host_not_allowed")
    #expect(
      problem.message == "after a redirect: the audio is at https://errors.example.org/503.html, "
        + "which CSM_CDN_HOSTS does not allow")
    #expect(scene.takeURLs().count == 1)
  }

  @Test("redirects of the queue are not followed", arguments: [301, 302, 303, 307, 308])
  func redirectWithKey(status: Int) async throws {
    let scene = try Scene(queueStatus: status)
    defer { scene.stop() }
    scene.leadTo("http://127.0.0.1:\(scene.trap.port)/")
    let ticket = Ticket(requestID: scene.id, acceptedAt: Timestamp(milliseconds: 0))
    let input = SpeechRequest(scene: [.init(text: "Hello.", speakerID: 0)])
    _ = await scene.client.submit(input, to: "fal-ai/csm-1b", at: Timestamp(milliseconds: 0)) {
      nil
    }
    _ = await scene.client.poll(ticket, of: "fal-ai/csm-1b")
    _ = await scene.client.collect(ticket, of: "fal-ai/csm-1b")
    _ = await scene.client.cancel(ticket, of: "fal-ai/csm-1b")
    _ = await scene.client.list(
      endpoints: ["fal-ai/csm-1b"], since: Timestamp(milliseconds: 0), isWanted: { _ in false })
    _ = await scene.client.probe()
    #expect(scene.queue.requests.count == 6)
    scene.demandNobodyWasLedAstray()
  }

  @Test("a hostile URL as a cursor of the listing: it stays inside its parameter")
  func cursor() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    for cursor in (HostileURLs.everywhere + HostileURLs.forKey).map(scene.filled) {
      guard !cursor.isEmpty, cursor.utf8.count < 20_000 else { continue }
      scene.give(cursor: cursor)
      _ = await scene.client.list(
        endpoints: ["fal-ai/csm-1b"], since: Timestamp(milliseconds: 0), isWanted: { _ in false })
      let urls = scene.takeURLs()
      #expect(urls.count == 2, "\(cursor.debugDescription.prefix(200))")
      let (first, second) = (urls.first ?? "", urls.last ?? "")
      #expect(second.hasPrefix("\(first)&cursor="))
      // Everything but letters and digits is escaped, so it cannot end the parameter.
      let value = second.utf8.dropFirst(first.utf8.count + "&cursor=".utf8.count)
      #expect(
        value.allSatisfy {
          $0 < 0x80
            && ($0 == 0x25 || Character(Unicode.Scalar($0)).isLetter
              || Character(Unicode.Scalar($0)).isNumber)
        })
      #expect(
        String(Substring(value)).removingPercentEncoding?.hasSuffix(
          cursor.drop { $0 == "\u{FEFF}" }) == true)
    }
    scene.demandNobodyWasLedAstray()
  }

  @Test("a hostile URL as the id of a request: it is invalid")
  func requestID() async throws {
    let scene = try Scene()
    defer { scene.stop() }
    let input = SpeechRequest(scene: [.init(text: "Hello.", speakerID: 0)])
    let ids =
      (HostileURLs.everywhere + HostileURLs.forKey).map(scene.filled)
      + ["a/b", "a?b", "a#b", "a%2fb", ".", "..", "a b", "é", String(repeating: "a", count: 129)]
    for id in ids where !isHarmless(id) {
      scene.give(requestID: id)
      let outcome = await scene.client.submit(
        input, to: "fal-ai/csm-1b", at: Timestamp(milliseconds: 0)
      ) { nil }
      guard case .unclear = outcome else {
        Issue.record("\(id.debugDescription.prefix(200)): \(outcome)")
        continue
      }
    }
    let harmless = ids.filter(isHarmless)
    for id in harmless + ["2026-11-30T13:00:00.5-a:b", String(repeating: "a", count: 128)] {
      scene.give(requestID: id)
      let outcome = await scene.client.submit(
        input, to: "fal-ai/csm-1b", at: Timestamp(milliseconds: 0)
      ) { nil }
      guard case .accepted(let ticket) = outcome else {
        Issue.record("\(id): \(outcome)")
        continue
      }
      _ = await scene.client.cancel(ticket, of: "fal-ai/csm-1b")
      let line = "PUT /fal-ai/csm-1b/requests/\(id)/cancel HTTP/1.1\r\n"
      #expect(scene.queue.requests.last?.hasPrefix(line) == true, "\(id)")
    }
    scene.demandNobodyWasLedAstray()
  }

  /// Whether an id is no more than one part of a path.
  private func isHarmless(_ id: String) -> Bool {
    id.wholeMatch(of: /[A-Za-z0-9_.:-]{1,128}/) != nil && id != "." && id != ".."
  }

  /// - Parameter isRedirect: whether a server gave the URL, which it may do for a while only.
  private func expectRefused(_ download: Download, _ url: String, isRedirect: Bool = false) {
    switch download {
    case .failed(.refused) where !isRedirect: break
    case .failed(.damaged) where isRedirect: break
    default: Issue.record("\(url.debugDescription.prefix(200)): \(download)")
    }
  }
}

/// A queue, a CDN and a trap on this machine, and a client with a key.
private final class Scene: Sendable {
  let id = "5f0c1cd1-1111-4222-8333-444455556666"
  let queue: RawServer
  let cdn: RawServer
  let trap: RawServer
  let client: FalClient
  private let recorder: Recorder
  private let script: Script

  /// The servers' answers.
  private final class Script: Sendable {
    let location = Mutex("/")
    let body = Mutex("{}")
    let pages = Mutex(0)
  }

  init(queueStatus: Int = 200) throws {
    let script = Script()
    self.script = script
    queue = try RawServer { peer in
      while let request = peer.readRequest() {
        let isLater = request.contains("&cursor=")
        peer.answer(
          isLater ? #"{"items": []}"# : script.body.withLock { $0 }, status: "\(queueStatus) So",
          headers: queueStatus < 300 ? "" : "Location: \(script.location.withLock { $0 })\r\n")
      }
    }
    cdn = try RawServer { peer in
      while peer.readRequest() != nil {
        peer.answer(
          "", status: "302 Found", headers: "Location: \(script.location.withLock { $0 })\r\n")
      }
    }
    trap = try RawServer { peer in
      while peer.readRequest() != nil { peer.answer("{}") }
    }
    recorder = Recorder()
    var settings = Settings()
    settings.queueURL = "http://127.0.0.1:\(queue.port)"
    settings.platformURL = settings.queueURL
    settings.cdnHosts = ["fal.media", "127.0.0.1:\(cdn.port)"]
    client = FalClient(transport: recorder, services: .init(settings)) { Secret("hush:secret") }
  }

  func leadTo(_ url: String) { script.location.withLock { $0 = url } }

  func give(cursor: String) {
    script.body.withLock { $0 = Self.json(["items": [], "next_cursor": cursor]) }
  }

  func give(requestID: String) {
    script.body.withLock { $0 = Self.json(["request_id": requestID]) }
  }

  private static func json(_ object: [String: Any]) -> String {
    let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  func filled(_ url: String) -> String {
    url.replacing("TRAP", with: "\(trap.port)").replacing("QUEUE", with: "\(queue.port)")
      .replacing("CDN", with: "\(cdn.port)").replacing("ID", with: id)
  }

  /// The URLs built from the id.
  var ownURLs: [String] {
    let base = "http://127.0.0.1:\(queue.port)/fal-ai/csm-1b/requests/\(id)"
    return ["\(base)/status?logs=0", base, "\(base)/cancel"]
  }

  func takeURLs() -> [String] { recorder.takeURLs() }

  /// Checks at the sockets that the trap was not contacted and the key went only to the queue.
  func demandNobodyWasLedAstray() {
    #expect(trap.connections == 0)
    #expect(cdn.requests.allSatisfy { !$0.contains("hush") })
    #expect(queue.requests.allSatisfy { $0.contains("\r\nAuthorization: Key hush:secret\r\n") })
    #expect(recorder.strayKeys(outside: "http://127.0.0.1:\(queue.port)/") == [])
  }

  func stop() {
    for server in [queue, cdn, trap] { server.stop() }
  }
}

/// Records requests and sends them.
private final class Recorder: Transport {
  private let transport = CurlTransport()
  private let urls = Mutex<[String]>([])
  private let keyed = Mutex<Set<String>>([])

  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    urls.withLock { $0.append(request.url) }
    if request.headers.contains(where: { $0.value.contains("hush") }) {
      _ = keyed.withLock { $0.insert(request.url) }
    }
    return await transport.send(request)
  }

  func takeURLs() -> [String] {
    urls.withLock { urls in
      defer { urls = [] }
      return urls
    }
  }

  /// The requests with the key to any other URL than the queue's.
  func strayKeys(outside base: String) -> [String] {
    keyed.withLock { keyed in keyed.filter { !$0.hasPrefix(base) } }
  }
}

private struct Nowhere: AudioSink {
  func write(_ bytes: UnsafeRawBufferPointer) {}
}

extension FalClient {
  /// Fetches from the beginning, with the patience of a normal download.
  func fetch(result: String, into sink: any AudioSink) async -> Download {
    await fetch(result: result, by: AudioFunnel(sink), patience: .seconds(15))
  }
}
