import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP2

/// Applies a mishap to a call, on the channel it arrived on.
struct Spoiler: Sendable {
  let channel: any Channel
  /// The time of the stand-in's clock.
  let now: Date

  /// Ends the call with `mishap`.
  ///
  /// `reply` is the answer to a call that took effect; nil if it did not. Throws if no answer is to
  /// be sent.
  func play(_ mishap: Mishap, on reply: Reply?) async throws -> Response {
    switch mishap {
    case .refuse, .reset: try await reset()
    case .close: try await connection.close()
    case .hang: try await Task.sleep(for: .seconds(3600))
    case .goAway, .refuseStream: try await sendFrame(mishap, wasTaken: reply != nil)
    case .truncate: return (reply ?? .nothing).response(truncated)
    case .slow(let rate): return (reply ?? .nothing).response { slow($0, rate) }
    case .late(let milliseconds):
      try await Task.sleep(for: .milliseconds(milliseconds))
      return (reply ?? .nothing).response
    case .endless: return endless
    default: return spoilt(mishap, reply ?? .nothing).response
    }
    throw NoAnswer()
  }

  /// No answer is sent.
  private struct NoAnswer: Error {}

  /// The socket's channel, which over HTTP/2 is the parent of the call's own channel.
  private var connection: any Channel {
    channel is any SocketOptionProvider ? channel : channel.parent ?? channel
  }

  /// Ends the connection by an RST, with an SO_LINGER of zero.
  ///
  /// The handler goes in front of TLS, which would otherwise wait for the peer's close_notify.
  private func reset() async throws {
    let connection = connection
    if let socket = connection as? any SocketOptionProvider {
      try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }
    try await connection.pipeline.addHandler(ImmediateCloser(), position: .first).get()
    try await connection.closeFuture.get()
  }

  private func sendFrame(_ mishap: Mishap, wasTaken: Bool) async throws {
    let connection = connection
    guard connection !== channel else {
      try await connection.close()
      return
    }
    let stream = try await channel.getOption(HTTP2StreamChannelOptions.streamID).get()
    if mishap == .refuseStream {
      let frame = HTTP2Frame(streamID: stream, payload: .rstStream(.refusedStream))
      try await connection.writeAndFlush(frame).get()
    } else {
      let last = wasTaken ? stream : .rootStream
      let goAway = HTTP2Frame.FramePayload.goAway(
        lastStreamID: last, errorCode: .noError, opaqueData: nil)
      try await connection.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: goAway)).get()
      try await connection.close()
    }
  }

  private func spoilt(_ mishap: Mishap, _ reply: Reply) -> Reply {
    switch mishap {
    case .status(let code, let retryAfter): return status(code, retryAfter: retryAfter)
    case .locked(let reason): return .locked(reason).signed
    case .page(let code): return .page(code)
    case .empty(let code): return Reply(empty: code)
    case .redirect(let address):
      return Reply(307, "text/plain", [], headers: [.location: address])
    case .huge(let size):
      let padding = [UInt8](repeating: UInt8(ascii: "x"), count: size)
      return Reply(
        200, "application/json", Array("{\"status\":\"".utf8) + padding + Array("\"}".utf8))
    case .deep:
      let depth = 100_000
      return Reply(
        200, "application/json",
        [UInt8](repeating: UInt8(ascii: "["), count: depth)
          + [UInt8](repeating: UInt8(ascii: "]"), count: depth))
    case .binary:
      return Reply(
        200, "application/json", (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 167 | 128) })
    case .short, .malformed:
      return reply.with(bytes: Array(reply.bytes.prefix(reply.bytes.count / 2)))
    case .mistype(let type):
      var reply = reply
      reply.headers[.contentType] = type
      return reply
    case .addresses(let address): return reply.with(addresses: address)
    default: preconditionFailure("\(mishap) has no answer")
    }
  }

  /// A JSON error like fal's; `retryAfter` of the form `date+7` becomes a date.
  private func status(_ code: Int, retryAfter: String?) -> Reply {
    var reply = Reply.status(code).signed
    if let retryAfter, retryAfter.hasPrefix("date+"), let seconds = Double(retryAfter.dropFirst(5))
    {
      reply.headers[.retryAfter] = now.addingTimeInterval(seconds).httpDate
    } else {
      reply.headers[.retryAfter] = retryAfter
    }
    return reply
  }

  /// Sends fewer bytes than Content-Length, since the writer throws and the server closes the
  /// connection.
  private func truncated(_ bytes: [UInt8]) -> ResponseBody {
    let part = ByteBuffer(bytes: bytes.prefix(bytes.count / 2))
    return ResponseBody(contentLength: bytes.count) { writer in
      try await writer.write(part)
      throw NoAnswer()
    }
  }

  private func slow(_ bytes: [UInt8], _ rate: Int) -> ResponseBody {
    let step = max(1, rate / 10)
    return ResponseBody(contentLength: bytes.count) { writer in
      for start in stride(from: 0, to: bytes.count, by: step) {
        try await writer.write(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]))
        try await Task.sleep(for: .seconds(Double(step) / Double(rate)))
      }
      try await writer.finish(nil)
    }
  }

  private var endless: Response {
    let chunk = ByteBuffer(bytes: [UInt8](repeating: UInt8(ascii: "x"), count: 65_536))
    let body = ResponseBody { writer in
      try await writer.write(ByteBuffer(string: "{\"status\":\""))
      while true { try await writer.write(chunk) }
    }
    return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
  }
}

extension Reply {
  fileprivate static func status(_ code: Int) -> Reply {
    switch code {
    case 401: detail(401, "invalid key credentials")
    case 403: locked("Exhausted balance.")
    case 404: notFound
    case 429: detail(429, "Too many requests", type: "concurrent_requests_limit")
    case 502: detail(502, "Incomplete response", type: "runner_incomplete_response")
    case 503: detail(503, "No runner", type: "runner_scheduling_failure")
    case 504: detail(504, "Timed out", type: "request_timeout")
    default: detail(code, code == 500 ? "Internal Server Error" : "Error \(code)")
    }
  }

  /// The error page of a proxy in front of fal.
  static func page(_ code: Int) -> Reply {
    let reasons = [
      200: "OK", 401: "Authorization Required", 402: "Payment Required", 403: "Forbidden",
      408: "Request Time-out", 429: "Too Many Requests", 500: "Internal Server Error",
      502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out",
    ]
    let title = "\(code) \(reasons[code] ?? "Error")"
    let page = """
      <html>\r
      <head><title>\(title)</title></head>\r
      <body>\r
      <center><h1>\(title)</h1></center>\r
      <hr><center>nginx</center>\r
      </body>\r
      </html>\r

      """
    return Reply(code, "text/html", Array(page.utf8))
  }

  fileprivate static let nothing = Reply(200, "application/json", [])

  /// The answer with the body that `body` makes of its bytes.
  fileprivate func response(_ body: ([UInt8]) -> ResponseBody) -> Response {
    Response(status: .init(code: status), headers: headers, body: body(bytes))
  }

  /// A copy with another body.
  fileprivate func with(bytes: [UInt8]) -> Reply {
    var reply = self
    reply.body = .bytes(bytes)
    return reply
  }

  /// A copy with every URL in the JSON replaced.
  fileprivate func with(addresses address: String) -> Reply {
    guard case .object(var members) = try? JSON(parsing: bytes) else { return self }
    for name in members.keys where name.hasSuffix("url") { members[name] = .string(address) }
    if members["audio"] != nil { members["audio"] = ["url": .string(address)] }
    return with(bytes: JSON.object(members).bytes)
  }
}

/// Closes a connection at once, bypassing the handlers behind it.
private final class ImmediateCloser: ChannelOutboundHandler, Sendable {
  typealias OutboundIn = Any

  func handlerAdded(context: ChannelHandlerContext) {
    context.close(promise: nil)
  }
}
