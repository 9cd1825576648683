import CSMAdding
import CSMFiles
import CSMWorkplace
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization
import Testing

@testable import CSMCore
@testable import CSMSQLite
@testable import CSMWeb

/// A page on its own state directory, and the calls of a browser.
final class House: Sendable {
  static let start = Timestamp(milliseconds: 1_790_000_000_000)

  let folder: String
  let workplace: Workplace
  let keyring = Keyring()
  let site: Site

  init() throws {
    var template = Array("/tmp/csm-web-test.XXXXXX".utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
    let state = StateDirectory(setting: "\(folder)/state", environment: [:])
    workplace = Workplace(settings: Settings(), state: state)
    let later = Later()
    site = Site(workplace, keyring, temporary: folder) { later.now }
    self.later = later
  }

  private let later: Later

  private final class Later: Sendable {
    private let moment = Mutex(House.start)

    var now: Timestamp {
      get { moment.withLock { $0 } }
      set { moment.withLock { $0 = newValue } }
    }
  }

  /// Advances the clock.
  func wait(_ duration: Duration) { later.now = later.now + duration }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Adds lines to the batch `night`.
  func add(_ lines: [String]) throws {
    let file = "\(folder)/night.txt"
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: file))
    var options = FileAddition.Options()
    options.voicelessMax = nil
    _ = try FileAddition(of: file, options, in: workplace, note: { _ in }).run()
  }

  /// Adds a tone of four seconds as the voice `anna`; returns its digest.
  func addVoice() throws -> Digest {
    let samples = (0..<96_000).map { index -> Float in
      let swell = (1 + sin(Double(index) / 4000)) / 2
      return 0.3 * Float(sin(Double(index) / 20) * swell)
    }
    let words = "The quick brown fox jumps over the lazy dog today."
    let clip = try VoiceClip(Sound(samples: samples, rate: 24_000), words: words)
    return try clip.keep(as: "anna", consent: nil, in: workplace).voice.clip
  }

  /// Stores audio for every queued job, as csmd does; returns its digest.
  @discardableResult
  func store(_ audio: String) throws -> Digest {
    let digest = Digest(of: Array(audio.utf8))
    // The lines were added by the system's clock.
    let at = Workplace.now()
    let price = workplace.settings.rules.price
    var generator = SeededGenerator(seed: 1)
    try workplace.writing { table in
      for due in try table.dueJobs(limit: 9, at: at).jobs {
        let ticket = Ticket(
          requestID: "request-\(due.id)", statusURL: "https://queue.fal.run/status",
          responseURL: "https://queue.fal.run/response", cancelURL: nil, acceptedAt: at)
        func make(_ move: Move) throws -> Job {
          let saved = try table.commit(.init(moves: [move]), at: at)
          try #require(saved.missed.isEmpty)
          return move.after
        }
        let claimed = try make(due.claimed(at: at, price: price))
        guard case .submitting(let intent) = claimed.state else { continue }
        let accepted = try make(
          claimed.after(.accepted(ticket), intent: intent, at: at, generator: &generator))
        let url = #"{"audio": {"url": "https://fal.media/a.wav"}}"#
        let finished = try make(accepted.finished(ticket, result: url, units: nil, price: price))
        let stored = StoredAudio(
          digest: digest, bytes: 44_100, mediaType: "audio/wav", durationMilliseconds: 1500)
        _ = try make(finished.stored(stored))
      }
    }
    return digest
  }

  func lines(_ selection: Selection = Selection()) throws -> [LineRow] {
    var rows: [LineRow] = []
    try workplace.reading { table in
      _ = try table.lines(selection, in: .added, limit: nil) { rows.append($0) }
    }
    return rows
  }

  // MARK: Calls

  static let local = "127.0.0.1:8330"

  /// Lets a browser in, and returns its secrets.
  func pass() throws -> Keyring.Pass {
    try #require(keyring.redeem(keyring.ticket, at: later.now))
  }

  /// Makes a call as a browser does from our own page.
  func call(
    _ method: HTTPRequest.Method = .get, _ path: String, _ pass: Keyring.Pass? = nil,
    host: String? = House.local, _ fields: [(HTTPField.Name, String)] = [], body: [UInt8] = []
  ) async throws -> Reply {
    var head = HTTPRequest(method: method, scheme: "http", authority: host, path: path)
    if let pass {
      let name = Gatekeeper.cookieName(for: host ?? "")
      head.headerFields[.cookie] = "other=1; \(name)=\(pass.cookie)"
      head.headerFields[.csmKey] = pass.key
    }
    if method == .post { head.headerFields[.origin] = "http://\(host ?? "")" }
    for (name, value) in fields { head.headerFields[name] = value.isEmpty ? nil : value }
    let request = Request(
      head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
    return try await Reply(await site.response(to: request))
  }
}

/// A response, read to its end.
struct Reply {
  let status: HTTPResponse.Status
  let headers: HTTPFields
  let body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  init(_ response: Response) async throws {
    status = response.status
    headers = response.headers
    let collected = Collected()
    try await response.body.write(Writer(collected: collected))
    body = collected.bytes.withLock { $0 }
  }

  private final class Collected: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }

  private struct Writer: ResponseBodyWriter {
    let collected: Collected

    mutating func write(_ buffer: ByteBuffer) async throws {
      collected.bytes.withLock { $0 += Array(buffer.readableBytesView) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}
