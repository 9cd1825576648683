import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore

// The routes, and the calls that only read.

extension Site {
  func route(_ request: Request) async throws -> Response {
    guard let target = Target(request.head.path) else {
      return Answer.text(.badRequest, "this is not a path")
    }
    let isRead = request.method == .get || request.method == .head
    let need: Gatekeeper.Need =
      switch target.path.first {
      case "enter", "assets", "home": .name
      case "audio", "peaks", nil: .cookie
      default: .key
      }
    if let refusal = refusal(of: request, need: need) {
      // A person sees this answer, not a script.
      return target.path.isEmpty && refusal.status == .unauthorized
        ? PageFile.enter(.refused) : refusal
    }
    guard isRead || request.method == .post else {
      return Answer.text(.methodNotAllowed, "use GET, HEAD or POST")
    }
    switch (isRead, target.path.first, target.path.count) {
    case (true, nil, 0): return PageFile.shell
    case (true, "enter", 1) where request.method == .get: return enter(target, request.head)
    case (true, "home", 1): return PageFile.home
    case (true, "assets", 2): return PageFile.asset(target.path[1], request.head)
    case (true, "audio", 2): return try await audio(target.path[1], request.head)
    case (true, "peaks", 2): return try await peaks(target.path[1])
    case (true, "api", 2): return try await read(target.path[1], target)
    case (false, "api", 2): return try await change(target.path[1], target, request)
    default: return Answer.text(.notFound, "there is nothing here")
    }
  }

  private func enter(_ target: Target, _ head: HTTPRequest) -> Response {
    guard let ticket = target["ticket"], let pass = keyring.redeem(ticket, at: now()) else {
      return PageFile.enter(.used)
    }
    var response = PageFile.enter(.admitted(key: pass.key))
    let life = Int(Keyring.lifetime.seconds)
    let name = Gatekeeper.cookieName(for: head.authority ?? "")
    response.headers[.setCookie] =
      "\(name)=\(pass.cookie); HttpOnly; SameSite=Strict; Path=/; Max-Age=\(life)"
    return response
  }

  private func audio(_ name: String, _ head: HTTPRequest) async throws -> Response {
    guard let digest = Digest(hex: name) else { return Answer.text(.notFound, "no such audio") }
    let (found, size) = try await workers.run { [browsing, store] in
      (try browsing.read { try $0.object(digest) }, try? store.size(of: digest))
    }
    guard let found, let size else { return Answer.text(.notFound, "no such audio") }
    // The type comes from fal: a browser must not take it for a page.
    let type = found.mediaType.hasPrefix("audio/") ? found.mediaType : "application/octet-stream"
    return AudioAnswer(store: store, workers: workers).answer(
      to: head, digest, type: type, bytes: size)
  }

  /// The waveform of audio that the table names; null if csm-web cannot read its samples.
  private func peaks(_ name: String) async throws -> Response {
    guard let digest = Digest(hex: name) else { return Answer.text(.notFound, "no such audio") }
    let text = try await workers.run { [browsing, store] () throws -> String? in
      guard try browsing.read({ try $0.object(digest) }) != nil else { return nil }
      let peaks = (try? store.peaks(digest))?.peaks
      return try JSONText.line(["peaks": peaks?.text] as JSONObject)
    }
    guard let text else { return Answer.text(.notFound, "no such audio") }
    return Answer.make(
      .ok, type: "application/json", [UInt8](text.utf8), cache: Answer.forever)
  }

  // MARK: Reading

  private func read(_ name: String, _ target: Target) async throws -> Response {
    switch name {
    case "tonight": return Answer.json(text: try await pulse.report())
    case "events": return events()
    case "lines":
      guard let query = LinesView.Query(target) else {
        return Answer.failure(.badRequest, ["unknown state, order or place"])
      }
      return try await browse { table in
        let end = ContinuousClock.now + Self.patience
        return try LinesView(query, table) { ContinuousClock.now > end }.json
      }
    case "line":
      guard let batch = target["batch"], let line = target["line"] else {
        return Answer.failure(.badRequest, ["say which line"])
      }
      return try await browse { table in
        let name = JobTable.LineName(batch: batch, line: line)
        guard let view = try LineView(name, table) else {
          throw Failure("line \(name) no longer exists", .incomplete)
        }
        return view.json
      }
    case "choices": return try await choices()
    default: return Answer.text(.notFound, "there is nothing here")
    }
  }

  /// The voices and checks by which lines can be filtered.
  private func choices() async throws -> Response {
    let text = try await workers.run { [browsing, now] in
      let voices: [JSONObject]
      do {
        voices = try browsing.read { try $0.voiceRows(at: now()).map { $0.json() } }
      } catch TableError.missing {
        voices = []
      }
      let checks = AudioCheck.allCases.map(\.rawValue)
      return try JSONText.line(["voices": voices, "checks": checks] as JSONObject)
    }
    return Answer.json(text: text)
  }

  /// How long a search takes at most before it answers with what it has found.
  private static let patience: Duration = .milliseconds(250)

  private func browse(
    _ body: @escaping @Sendable (JobTable) throws -> JSONObject
  ) async throws -> Response {
    let text = try await workers.run { [browsing] in
      try browsing.read { try JSONText.line(body($0)) }
    }
    return Answer.json(text: text)
  }

  /// A stream of reports about the night, or of why there is none, which ends with the connection.
  private func events() -> Response {
    let body = ResponseBody { [pulse] writer in
      // An error of this one is the first event.
      _ = try? await pulse.report()
      let (id, reports) = await pulse.watch()
      do {
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        for await report in reports {
          try await writer.write(ByteBuffer(string: "data: \(report)\n\n"))
        }
        await pulse.leave(id)
        try await writer.finish(nil)
      } catch {
        await pulse.leave(id)
        throw error
      }
    }
    return Answer.make(.ok, type: "text/event-stream", body: body)
  }
}
