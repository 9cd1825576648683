import Foundation
import Glibc
import Testing

/// A running `csm-localfal` with a ledger.
final class StandIn: Sendable {
  let port: UInt16
  /// The settings that it printed for csmd.
  let settings: [String: String]
  private let ledgerPath: String
  private let program: RunningProgram

  /// Starts a stand-in with short runs; `options` are those of `csm-localfal serve`.
  convenience init(_ stage: Stage, _ options: String..., port: UInt16 = 0) async throws {
    try await self.init(stage, options, port: port)
  }

  init(_ stage: Stage, _ options: [String], port: UInt16 = 0) async throws {
    ledgerPath = stage("ledger.jsonl")
    let program = try stage.start(
      "csm-localfal",
      ["serve", "--port", "\(port)", "--ledger", ledgerPath]
        + (options.contains("--latency") ? [] : ["--latency", "20ms-60ms"]) + options)
    self.program = program
    try await eventually("csm-localfal listens") { program.stdout.contains("export FAL_KEY=") }
    settings = Self.exports(program.stdout)
    let url = try #require(settings["CSM_QUEUE_URL"].flatMap(URLComponents.init(string:)))
    self.port = UInt16(try #require(url.port))
  }

  /// Reads lines such as `export NAME=VALUE`, with or without quotes.
  private static func exports(_ text: String) -> [String: String] {
    text.split(separator: "\n").reduce(into: [:]) { settings, line in
      guard line.hasPrefix("export "), let equals = line.firstIndex(of: "=") else { return }
      let name = line[..<equals].dropFirst("export ".count)
      let value = line[line.index(after: equals)...]
      settings[String(name)] = value.trimmingCharacters(in: ["'", "\""])
    }
  }

  /// Stops listening, as if the network were gone.
  func stop() async throws {
    program.send(SIGKILL)
    _ = try await program.end()
  }

  // MARK: The record

  /// The texts of the accepted POSTs, in order.
  func accepted() throws -> [String] {
    try bodies().map { body in
      let scene = try #require(body["scene"] as? [[String: Any]])
      return scene.compactMap { $0["text"] as? String }.joined(separator: " ")
    }
  }

  /// The bodies of the accepted POSTs, in order.
  func bodies() throws -> [[String: Any]] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: ledgerPath))
    // The stand-in may be writing the last line.
    let whole = bytes.prefix((bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
    return try whole.split(separator: UInt8(ascii: "\n")).map { line in
      let entry = try Self.object(Data(line))
      return try Self.object(Data(try #require(entry["body"] as? String).utf8))
    }
  }

  /// Checks invariant 2: one accepted POST for each line, and no others.
  func demandOneRequest(a lines: [String]) throws {
    #expect(try accepted().sorted() == lines.sorted())
  }

  // MARK: Control

  /// The counts of `/_localfal/stats`.
  func statistics() throws -> [String: Any] {
    try Self.object(Data(try call("GET", "stats").utf8))
  }

  /// The number of calls of a kind.
  func calls(_ kind: String) throws -> Int {
    (try statistics()["calls"] as? [String: Int])?[kind] ?? 0
  }

  func put(_ name: String, _ text: String = "") throws { _ = try call("PUT", name, text) }

  func delete(_ name: String) throws { _ = try call("DELETE", name) }

  private static func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// The bytes of a file that it serves.
  func download(_ url: String) throws -> [UInt8] {
    let path = try #require(URLComponents(string: url)).percentEncodedPath
    return try exchange("GET", path)
  }

  /// Calls a control endpoint, and returns the body of the answer.
  private func call(_ method: String, _ name: String, _ body: String = "") throws -> String {
    String(decoding: try exchange(method, "/_localfal/\(name)", body), as: UTF8.self)
  }

  private func exchange(_ method: String, _ path: String, _ body: String = "") throws -> [UInt8] {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try #require(number >= 0)
    defer { close(number) }
    var patience = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(code == 0)
    let request =
      "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    try #require(send(number, request, request.utf8.count, Int32(MSG_NOSIGNAL)) > 0)
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(number, &buffer, buffer.count, 0)
      if count <= 0 { break }
      answer += buffer.prefix(count)
    }
    let end = try #require(answer.firstRange(of: Array("\r\n\r\n".utf8)))
    let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
    try #require(head.hasPrefix("HTTP/1.1 200"), "\(head)")
    return Array(answer[end.upperBound...])
  }
}
