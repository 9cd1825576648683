import Foundation
import Servers
import Synchronization

/// A stand-in for fal in the test's own process, on sockets that can break at any byte.
///
/// It accepts, runs and answers as fal does, except for calls that its script spoils. It keeps every request:
/// the POSTs are its ledger, and the headers show where the key was sent.
final class ScriptedFal: Sendable {
  /// The calls to fal; `probe` asks for the status of an id that was never given out.
  enum Call: String, Sendable {
    case submit, status, result, cancel, listing, download, probe
  }

  /// One call as the script sees it.
  struct Asked: Sendable {
    let call: Call
    /// From 1, among the calls of this kind for this line.
    let number: Int
    /// The line's text; empty for calls that are about no line.
    let text: String
    /// The request's id at fal.
    let id: String
    /// The address of the audio's host.
    let cdn: String
  }

  /// Returns a spoilt answer to a call, or nil for the correct one.
  typealias Script = @Sendable (Asked) -> Answer?

  private struct State {
    var texts: [String: String] = [:]
    var cancelled: Set<String> = []
    var calls: [String: Int] = [:]
    var posts: [String] = []
  }

  private let state = Mutex(State())
  private let script: Script
  /// Serves the queue, the platform and everything else that may get the key.
  private let queue: RawServer
  /// Serves audio, and must never get the key.
  private let cdn: RawServer
  /// Whether requests run until they are cancelled.
  private let runsForever: Bool

  static let audio = WAV.hum(bytes: 2400)

  init(runsForever: Bool = false, _ script: @escaping Script) throws {
    self.script = script
    self.runsForever = runsForever
    let me = Box()
    queue = try RawServer { peer in
      while let request = peer.readRequest(), me.value?.serve(request, peer, isCDN: false) == true {
      }
    }
    cdn = try RawServer { peer in
      while let request = peer.readRequest(), me.value?.serve(request, peer, isCDN: true) == true {}
    }
    me.set(self)
  }

  /// A weak reference for the servers' scripts, which must not keep the instance alive.
  private final class Box: Sendable {
    private struct Weak: Sendable { weak var fal: ScriptedFal? }
    private let held = Mutex(Weak())
    var value: ScriptedFal? { held.withLock(\.fal) }
    func set(_ fal: ScriptedFal) { held.withLock { $0.fal = fal } }
  }

  deinit {
    queue.stop()
    cdn.stop()
  }

  var settings: [String: String] {
    [
      "CSM_QUEUE_URL": queue.url(""), "CSM_PLATFORM_URL": queue.url(""),
      "CSM_CDN_HOSTS": address,
    ]
  }

  /// The address of the audio's host.
  private var address: String { "127.0.0.1:\(cdn.port)" }

  // MARK: The ledger

  /// The texts of all POSTs that were read completely, in order.
  var posts: [String] { state.withLock(\.posts) }

  /// How often a call was made, for one line or for none.
  func calls(_ call: Call, _ text: String = "") -> Int {
    state.withLock { $0.calls["\(call.rawValue) \(text)", default: 0] }
  }

  /// The requests to the host that must never get the key.
  var requestsToCDN: [String] { cdn.requests }

  /// The requests to the hosts that the key is for.
  var requestsToQueue: [String] { queue.requests }

  // MARK: Service

  /// Answers one request; false closes the connection.
  private func serve(_ request: String, _ peer: RawServer.Peer, isCDN: Bool) -> Bool {
    let asked = understand(request, isCDN: isCDN)
    guard let answer = script(asked) else {
      right(asked).play(to: peer)
      return true
    }
    // A spoilt call may still have taken effect; only its answer is wrong.
    return answer.play(to: peer)
  }

  private func understand(_ request: String, isCDN: Bool) -> Asked {
    let words = request.split(separator: " ", maxSplits: 2).map(String.init)
    let (method, target) = (words.first ?? "", words.count > 1 ? words[1] : "")
    let path = target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
    return state.withLock { state in
      var call = Call.result
      var id = path.count > 3 ? path[3] : ""
      if isCDN {
        call = .download
        id = String((path.last ?? "").prefix { $0 != "." })
      } else if method == "POST" {
        call = .submit
        id = UUID().uuidString.lowercased()
        state.texts[id] = Self.text(of: request)
        state.posts.append(Self.text(of: request))
      } else if method == "PUT" {
        call = .cancel
        state.cancelled.insert(id)
      } else if path.first == "v1" {
        call = .listing
        id = ""
      } else if path.last == "status" {
        call = state.texts[id] == nil ? .probe : .status
      }
      let text = state.texts[id] ?? ""
      let key = "\(call.rawValue) \(text)"
      state.calls[key, default: 0] += 1
      return Asked(
        call: call, number: state.calls[key, default: 0], text: text, id: id, cdn: address)
    }
  }

  private static func text(of request: String) -> String {
    guard let head = request.range(of: "\r\n\r\n"),
      let body = try? JSONSerialization.jsonObject(with: Data(request[head.upperBound...].utf8))
        as? [String: Any], let scene = body["scene"] as? [[String: Any]]
    else { return "" }
    return scene.compactMap { $0["text"] as? String }.joined(separator: " ")
  }

  /// The correct answer of fal.
  private func right(_ asked: Asked) -> Answer {
    let isCancelled = state.withLock { $0.cancelled.contains(asked.id) }
    switch asked.call {
    case .submit:
      return .http(200, #"{"request_id": "\#(asked.id)", "status": "IN_QUEUE"}"#)
    case .status:
      return runsForever && !isCancelled
        ? .http(202, #"{"status": "IN_PROGRESS"}"#) : .http(200, #"{"status": "COMPLETED"}"#)
    case .result:
      return isCancelled
        ? .http(499, #"{"detail": "Cancelled", "error_type": "client_cancelled"}"#)
        : .http(200, #"{"audio": {"url": "\#(cdn.url("/\(asked.id).wav"))"}}"#)
    case .cancel: return .http(202, #"{"status": "CANCELLATION_REQUESTED"}"#)
    case .probe: return .http(404, #"{"status": "NOT_FOUND"}"#)
    case .listing: return .http(200, listing)
    case .download:
      return .bytes(
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(Self.audio.count)\r\n\r\n".utf8) + Self.audio,
        closes: false)
    }
  }

  /// All requests that were ever accepted, on one page.
  var listing: String {
    let items = state.withLock { state in
      state.texts.map { id, text in
        #"{"request_id": "\#(id)", "endpoint_id": "fal-ai/csm-1b", "sent_at": "\#(Self.now)", "#
          + #""json_input": {"scene": [{"text": "\#(text)", "speaker_id": 0}]}}"#
      }
    }
    return
      #"{"items": [\#(items.joined(separator: ", "))], "next_cursor": null, "has_more": false}"#
  }

  private static var now: String {
    Date().formatted(.iso8601)
  }
}

extension WAV {
  /// A valid file with this many bytes of samples.
  static func hum(bytes count: Int) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let format = number(1, 2) + number(1, 2) + number(24000, 4) + number(48000, 4) + number(2, 2)
    return Array("RIFF".utf8) + number(36 + count, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
      + format + number(16, 2) + Array("data".utf8) + number(count, 4)
      + (0..<count).map { UInt8(truncatingIfNeeded: $0) }
  }
}
