import Foundation
import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Where the stand-in listens.
package struct Listening: Sendable {
  package let port: Int
  /// The port of TLS; nil without TLS.
  package let tlsPort: Int?
  /// The certificate to trust on the TLS port; nil without TLS.
  package let certificateFile: String?

  /// The base URL of plain HTTP, such as `http://127.0.0.1:7000`.
  package var url: String { "http://127.0.0.1:\(port)" }
}

/// Another program is using the port.
package struct PortInUse: Error, CustomStringConvertible {
  let port: Int

  package var description: String { "port \(port) is in use; choose another one, or 0 for any" }
}

extension LocalFal {
  /// Listens on all ports, then runs `body`, and returns its result.
  ///
  /// Cancellation ends it at once, including calls in progress. Throws if it cannot listen on a
  /// port.
  package func serve<Outcome: Sendable>(
    _ body: @escaping @Sendable (Listening) async throws -> Outcome
  ) async throws -> Outcome {
    let certificate = try options.tlsPort.map { _ in try Certificate() }
    return try await withThrowingTaskGroup(of: Outcome?.self) { group in
      let (ports, found) = AsyncStream.makeStream(of: (isTLS: Bool, port: Int).self)
      group.addTask {
        try await self.run(.http1(), scheme: "http", port: self.options.port) {
          found.yield((false, $0))
        }
        return nil
      }
      if let certificate, let port = options.tlsPort {
        let server = try HTTPServerBuilder.http2Upgrade(
          tlsConfiguration: certificate.serverConfiguration)
        group.addTask {
          try await self.run(server, scheme: "https", port: port) { found.yield((true, $0)) }
          return nil
        }
      }
      group.addTask {
        let listening = try await self.listening(on: ports, certificate)
        return try await body(listening)
      }
      defer { group.cancelAll() }
      while let outcome = try await group.next() {
        if let outcome { return outcome }
      }
      throw CancellationError()
    }
  }

  private func run(
    _ server: HTTPServerBuilder, scheme: String, port: Int,
    onListening: @escaping @Sendable (Int) -> Void
  ) async throws {
    var logger = Logger(label: "csm-localfal") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .critical
    // Avoids Hummingbird's `Application`, which would replace the stand-in's `Date` by this
    // machine's.
    let service = try server.buildServer(
      configuration: .init(address: .hostname("127.0.0.1", port: port), backlog: 1024),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
      responder: { request, writer, channel in
        var response = try await self.response(to: request, on: channel, scheme: scheme)
        response.headers[.date] = self.now.httpDate
        try await writer.write(response: response.head, body: response.body)
      },
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) })
    do {
      try await service.run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw PortInUse(port: port)
    }
  }

  private func listening(
    on ports: AsyncStream<(isTLS: Bool, port: Int)>, _ certificate: Certificate?
  ) async throws -> Listening {
    var plain: Int?
    var tls: Int?
    for await (isTLS, port) in ports {
      if isTLS { tls = port } else { plain = port }
      guard let plain, certificate == nil || tls != nil else { continue }
      let file = options.certificateFile
      if let file, let certificate { try certificate.write(to: file) }
      return Listening(port: plain, tlsPort: tls, certificateFile: certificate == nil ? nil : file)
    }
    throw CancellationError()
  }

  /// Answers a call, with the fault that the plan has for it.
  private func response(
    to request: Request, on channel: any Channel, scheme: String
  ) async throws -> Response {
    let path = request.head.path?.prefix { $0 != "?" } ?? "/"
    let kind = Call(request.method, String(path)).kind
    let fault = kind.flatMap { kind in faultControl.withLock { $0.count(kind) } }
    let spoiler = Spoiler(channel: channel, now: now)
    if let fault, fault.mishap == .refuse { return try await spoiler.play(.refuse, on: nil) }
    guard let body = try? await request.body.collect(upTo: 128 << 20) else {
      return Reply.detail(413, "Request body too large").signed.response
    }
    let incoming = IncomingCall(
      head: request.head, scheme: scheme, body: [UInt8](body.readableBytesView), now: now)
    if let fault, !fault.takesEffect { return try await spoiler.play(fault.mishap, on: nil) }
    let reply = await attempt(incoming)
    if let fault { return try await spoiler.play(fault.mishap, on: reply) }
    return reply.response
  }

  /// Answers 500 to an error, such as a ledger that cannot be written, in which case nothing is
  /// accepted.
  private func attempt(_ incoming: IncomingCall) async -> Reply {
    var reply: Reply
    do {
      reply = try await answer(incoming)
    } catch {
      reply = .detail(500, "csm-localfal: \(error)")
    }
    return incoming.call.isOfQueue ? reply.signed : reply
  }
}
