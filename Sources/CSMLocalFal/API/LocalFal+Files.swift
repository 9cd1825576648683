import Foundation
import HTTPTypes
import Synchronization

extension LocalFal {
  /// Gives out an upload URL and the file's later URL (used by fal's JavaScript client).
  func initiateUpload(_ incoming: IncomingCall) -> Reply {
    let json = try? JSON(parsing: incoming.body)
    guard let name = json?["file_name"]?.text, let type = json?["content_type"]?.text else {
      return .detail(422, "file_name and content_type are required")
    }
    let id = uploads.announce(
      name: name, type: type,
      expiresAt: Self.lifetime(of: incoming).map(incoming.now.addingTimeInterval))
    return Reply(
      200,
      [
        "file_url": .string(address(ofUpload: id, name, incoming.base)),
        "upload_url": .string("\(incoming.base)/uploads/\(id.lowercased)"),
      ])
  }

  /// Receives the bytes of a file for which a URL was given out.
  func putUpload(_ incoming: IncomingCall, id: UUID) async throws -> Reply {
    guard try await uploads.store(incoming.body, as: id) else { return .detail(404, "Not Found") }
    return Reply(200, "text/plain", [])
  }

  /// Gives out a token for the CDN (used by fal's Python client).
  func uploadToken(_ incoming: IncomingCall) -> Reply {
    Reply(
      200,
      [
        "token": .string(Self.uploadTokenText), "token_type": "Bearer",
        "base_url": .string(incoming.base),
        "expires_at": .string(incoming.now.addingTimeInterval(3600).pythonIso),
      ])
  }

  /// Receives a file from the bearer of the token.
  func uploadFile(_ incoming: IncomingCall) async throws -> Reply {
    guard incoming.headers[.authorization] == "Bearer " + Self.uploadTokenText else {
      return .detail(401, "invalid token")
    }
    let name = incoming.headers[.falFileName] ?? "file"
    let type = incoming.headers[.contentType] ?? "application/octet-stream"
    let id = uploads.announce(name: name, type: type)
    _ = try await uploads.store(incoming.body, as: id)
    return Reply(200, ["access_url": .string(address(ofUpload: id, name, incoming.base))])
  }

  /// Serves an uploaded file.
  func uploadedFile(_ incoming: IncomingCall, id: UUID) throws -> Reply {
    guard let file = uploads.file(id, at: incoming.now) else { return .detail(404, "Not Found") }
    return part(of: try uploads.content(at: file.place), type: file.type, tag: id, incoming)
  }

  /// Serves the audio of a request.
  func audioFile(_ incoming: IncomingCall, id: UUID) async throws -> Reply {
    let job = queue.withLock { queue in
      queue.advance(to: incoming.now)
      return queue[id]
    }
    guard let job, let model = job.model, job.ending != nil, job.statusCode == 200, !job.isLost
    else {
      return .detail(404, "Not Found")
    }
    let body = try ledger.entry(at: job.place).body
    let input = try SpeechInput(checking: body, for: model)
    var file = await audio.file(of: id, saying: input, body: body)
    if job.fault == .silent { file = Wave.silenced(file) }
    return part(of: file, type: "audio/wav", tag: id, incoming)
  }

  /// How long the caller wants the file to be kept, in seconds; nil for no limit.
  private static func lifetime(of incoming: IncomingCall) -> TimeInterval? {
    guard let text = incoming.headers[.falLifecycle],
      let json = try? JSON(parsing: Array(text.utf8))
    else { return nil }
    switch json["expiration_duration_seconds"] {
    case .integer(let seconds): return TimeInterval(seconds)
    case .number(let seconds): return seconds
    default: return nil
    }
  }

  /// Whether the model could read all clips of a context.
  ///
  /// Clips uploaded here must exist; others are assumed to exist if their URLs are valid.
  func canRead(_ clips: [String], at now: Date) -> Bool {
    clips.allSatisfy { clip in
      guard let url = URL(string: clip), ["http", "https", "data"].contains(url.scheme) else {
        return false
      }
      let parts = url.pathComponents
      guard ["127.0.0.1", "localhost"].contains(url.host()), parts.count == 4, parts[1] == "files"
      else { return true }
      return UUID(uuidString: parts[2]).flatMap { uploads.file($0, at: now) } != nil
    }
  }

  private static let uploadTokenText = "localfal-upload-token"

  private func address(ofUpload id: UUID, _ name: String, _ base: String) -> String {
    let safe = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "file"
    return "\(base)/files/\(id.lowercased)/\(safe)"
  }

  /// The whole file, or the part requested by `Range` (RFC 9110, section 14).
  private func part(of file: [UInt8], type: String, tag: UUID, _ incoming: IncomingCall) -> Reply {
    let tag = "\"\(tag.lowercased)\""
    var headers: HTTPFields = [.acceptRanges: "bytes", .eTag: tag]
    let isStale = incoming.headers[.ifRange].map { $0 != tag } ?? false
    guard let wanted = incoming.headers[.range], !isStale else {
      return Reply(200, type, file, headers: headers)
    }
    guard let range = Self.range(wanted, of: file.count) else {
      headers[.contentRange] = "bytes */\(file.count)"
      return Reply(416, type, [], headers: headers)
    }
    headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.count)"
    return Reply(206, type, [UInt8](file[range]), headers: headers)
  }

  /// Parses a single range of bytes; nil if it is malformed or outside the file.
  private static func range(_ text: String, of size: Int) -> Range<Int>? {
    guard text.hasPrefix("bytes=") else { return nil }
    let bounds = text.dropFirst("bytes=".count).split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return nil }
    let range: Range<Int>
    switch (Int(bounds[0]), Int(bounds[1])) {
    case (let first?, let last?) where last >= first && first < size:
      range = first..<min(last, size - 1) + 1
    case (let first?, nil) where bounds[1].isEmpty && first < size: range = first..<size
    case (nil, let length?) where bounds[0].isEmpty && length > 0:
      range = max(0, size - length)..<size
    default: return nil
    }
    return range.lowerBound >= 0 && range.lowerBound < size ? range : nil
  }
}

extension Date {
  /// A form that all versions of Python's `datetime.fromisoformat` can parse.
  fileprivate var pythonIso: String {
    formatted(Date.ISO8601FormatStyle()).replacing("Z", with: "+00:00")
  }
}
