import CSMLocalFal
import Foundation

/// A plain HTTP/1.1 client with one socket per call, which sees every way a call can end.
struct Client: Sendable {
  let fal: LocalFal
  let port: Int
  var key: String? = "id:secret"

  /// The outcome of a call.
  struct Answer: Sendable {
    enum Ending: Sendable { case closed, reset, silent }

    /// 0 if no head arrived.
    var status = 0
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    var ending = Ending.closed

    /// The body as JSON; nil if it is not JSON.
    var json: [String: Any]? {
      (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Whether it comes from fal's queue, and not from a server in between.
    var isFals: Bool {
      headers["content-type"] == "application/json"
        && headers["x-fal-request-id"].flatMap(UUID.init(uuidString:)) != nil
    }
  }

  /// Sends a call, and reads until the server closes, resets, or is silent for `patience` seconds.
  func call(
    _ method: String, _ path: String, _ body: String = "", headers: [String: String] = [:],
    patience: Double = 120
  ) async -> Answer {
    var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"]
    if let key { lines.append("Authorization: Key \(key)") }
    for (name, value) in headers { lines.append("\(name): \(value)") }
    lines.append("Content-Length: \(body.utf8.count)")
    let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    return await withCheckedContinuation { done in
      // A thread of its own, since the server needs the threads of the pool.
      Thread.detachNewThread {
        done.resume(returning: exchange(request, port: port, patience: patience))
      }
    }
  }

  /// Submits one line; returns its id.
  func submit(_ text: String = "Hello there.") async -> String {
    let answer = await call("POST", "/fal-ai/csm-1b", Self.scene(text))
    return answer.json?["request_id"] as? String ?? "not accepted: \(answer.text)"
  }

  /// Waits for the end of a request; returns its events.
  func wait(for id: String) async -> [String] {
    let answer = await call("GET", "/fal-ai/csm-1b/requests/\(id)/status/stream")
    return answer.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map(String.init)
  }

  func status(_ id: String) async -> Answer {
    await call("GET", "/fal-ai/csm-1b/requests/\(id)/status")
  }

  func result(_ id: String) async -> Answer {
    await call("GET", "/fal-ai/csm-1b/requests/\(id)")
  }

  /// Submits, waits, and reads the result.
  func outcome(of text: String = "Hello there.") async -> Answer {
    let id = await submit(text)
    _ = await wait(for: id)
    return await result(id)
  }

  static func scene(_ text: String) -> String {
    #"{"scene":[{"text":"\#(text)","speaker_id":0}]}"#
  }
}

/// Options for tests: fast and reproducible.
func quick() -> LocalFalOptions {
  var options = LocalFalOptions()
  options.latency = 0.01...0.02
  options.seed = 7
  return options
}

/// The same options with a change.
func quick(_ change: (inout LocalFalOptions) throws -> Void) rethrows -> LocalFalOptions {
  var options = quick()
  try change(&options)
  return options
}

/// Runs a stand-in of its own around `body`.
func withFal<Outcome: Sendable>(
  _ options: LocalFalOptions = quick(),
  _ body: @escaping @Sendable (Client) async throws -> Outcome
) async throws -> Outcome {
  let fal = try LocalFal(options)
  return try await fal.serve { try await body(Client(fal: fal, port: $0.port)) }
}

/// A path for a new file in its own folder, which `removeFolder(of:)` removes.
func temporaryPath() throws -> String {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("csm-localfal-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder.appendingPathComponent("file").path
}

func removeFolder(of path: String) {
  try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent())
}

private func exchange(_ request: [UInt8], port: Int, patience: Double) -> Client.Answer {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var patience = timeval(tv_sec: Int(patience), tv_usec: Int(patience * 1e6) % 1_000_000)
  setsockopt(
    descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  let connected = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard connected == 0 else { return Client.Answer(ending: .reset) }
  _ = request.withUnsafeBytes {
    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
  }

  var bytes: [UInt8] = []
  var ending: Client.Answer.Ending?
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while ending == nil, bytes.count < 32_000_000 {
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 { bytes += buffer[..<count] }
    if count == 0 { ending = .closed }
    if count < 0 { ending = errno == ECONNRESET ? .reset : .silent }
  }
  return parse(bytes, ending ?? .silent)
}

private func parse(_ bytes: [UInt8], _ ending: Client.Answer.Ending) -> Client.Answer {
  var answer = Client.Answer(ending: ending)
  guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { return answer }
  let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(
    separatedBy: "\r\n")
  answer.status = Int(lines[0].split(separator: " ")[1]) ?? 0
  for line in lines.dropFirst() {
    let parts = line.split(separator: ":", maxSplits: 1)
    answer.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
  }
  answer.body = Array(bytes[end.upperBound...])
  if answer.headers["transfer-encoding"] == "chunked" { answer.body = joined(answer.body) }
  return answer
}

/// The content of a chunked body, as far as it arrived.
private func joined(_ chunks: [UInt8]) -> [UInt8] {
  var rest = chunks[...]
  var content: [UInt8] = []
  while let end = rest.firstIndex(of: 13),
    let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16)
  {
    rest = rest[end...].dropFirst(2)
    content += rest.prefix(size)
    rest = rest.dropFirst(size + 2)
  }
  return content
}
