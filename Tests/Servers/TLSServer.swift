import Crypto
import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import SwiftASN1
import Synchronization
import X509

/// A server behind TLS on loopback for HTTP/2 and HTTP/1.1, which answers, refuses or breaks off each
/// request as its script says.
package final class TLSServer: Sendable {
  /// What becomes of one request that was read whole.
  package enum Reaction: Sendable {
    case answers
    /// The answer, and then the end of the connection, of which the answer says nothing; HTTP/1.1 only.
    case answersAndCloses
    case closes
    /// GOAWAY, naming no stream as processed, then the end of the connection; over HTTP/1.1 just that end.
    case goesAway
    /// RST_STREAM with REFUSED_STREAM; over HTTP/1.1 the end of the connection.
    case refusesStream
    /// RST_STREAM with INTERNAL_ERROR; over HTTP/1.1 the end of the connection.
    case resetsStream
    /// Nothing, now or for any later request on this connection, which stays open; HTTP/2 only.
    case fallsSilent
  }

  /// A name that the certificate holds beside `localhost`; it leads nowhere.
  package static let otherName = "queue.example"

  package let port: Int
  /// The file with the certificate to trust.
  package let caFile: String
  private let channel: any Channel
  private let counters: Counters

  /// Serves on a free port; `script` gets each request's number, 0 for the first of all.
  package init(_ script: @escaping @Sendable (Int) -> Reaction) throws {
    let (certificate, key) = try selfSigned()
    caFile = NSTemporaryDirectory() + "csm-test-\(UUID().uuidString).pem"
    try Data(certificate.utf8).write(to: URL(filePath: caFile))
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
        .map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
    configuration.applicationProtocols = ["h2", "http/1.1"]
    let context = try NIOSSLContext(configuration: configuration)
    let counters = Counters()
    channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        counters.connections.add(1, ordering: .relaxed)
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers([
            NIOSSLServerHandler(context: context),
            ApplicationProtocolNegotiationHandler { protocolName, channel in
              channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if case .negotiated("h2") = protocolName {
                  try pipeline.addHandlers([
                    NIOHTTP2Handler(mode: .server), Reactor(counters: counters, script: script),
                  ])
                } else {
                  try pipeline.configureHTTPServerPipeline()
                  try pipeline.addHandler(PlainReactor(counters: counters, script: script))
                }
              }
            },
          ])
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
    port = channel.localAddress?.port ?? 0
    self.counters = counters
  }

  /// The requests read whole so far.
  package var requests: Int { counters.requests.load(ordering: .relaxed) }

  /// The connections accepted so far.
  package var connections: Int { counters.connections.load(ordering: .relaxed) }

  /// The connections that have ended.
  package var ended: Int { counters.ended.load(ordering: .relaxed) }

  package var url: String { "https://localhost:\(port)/" }

  package func stop() {
    channel.close(promise: nil)
    try? FileManager.default.removeItem(atPath: caFile)
  }
}

private final class Counters: Sendable {
  let requests = Atomic(0)
  let connections = Atomic(0)
  let ended = Atomic(0)
}

/// Plays the script on one connection of HTTP/1.1.
private final class PlainReactor: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let counters: Counters
  private let script: @Sendable (Int) -> TLSServer.Reaction

  init(counters: Counters, script: @escaping @Sendable (Int) -> TLSServer.Reaction) {
    self.counters = counters
    self.script = script
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .end = unwrapInboundIn(data) else { return }
    let number = counters.requests.add(1, ordering: .relaxed).oldValue
    let reaction = script(number)
    let isAnswer =
      switch reaction {
      case .answers, .answersAndCloses: true
      case .closes, .goesAway, .refusesStream, .resetsStream, .fallsSilent: false
      }
    guard isAnswer else {
      context.close(promise: nil)
      return
    }
    let head = HTTPResponseHead(
      version: .http1_1, status: .ok, headers: ["content-length": "0", "x-kind": "h1"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if case .answersAndCloses = reaction { context.close(promise: nil) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    counters.ended.add(1, ordering: .relaxed)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

/// Plays the script on one connection of HTTP/2.
private final class Reactor: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private let counters: Counters
  private let script: @Sendable (Int) -> TLSServer.Reaction
  private var isSilent = false

  init(counters: Counters, script: @escaping @Sendable (Int) -> TLSServer.Reaction) {
    self.counters = counters
    self.script = script
  }

  func channelActive(context: ChannelHandlerContext) {
    write(.settings(.settings([])), on: .rootStream, context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = unwrapInboundIn(data)
    let isEnd =
      switch frame.payload {
      case .headers(let headers): headers.endStream
      case .data(let data): data.endStream
      default: false
      }
    guard isEnd else { return }
    let number = counters.requests.add(1, ordering: .relaxed).oldValue
    guard !isSilent else { return }
    react(script(number), on: frame.streamID, context)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func react(
    _ reaction: TLSServer.Reaction, on stream: HTTP2StreamID, _ context: ChannelHandlerContext
  ) {
    switch reaction {
    case .answers:
      write(
        .headers(.init(headers: [":status": "200", "x-kind": "h2"], endStream: true)),
        on: stream, context)
    case .closes, .answersAndCloses:
      context.close(promise: nil)
    case .goesAway:
      write(
        .goAway(lastStreamID: .rootStream, errorCode: .noError, opaqueData: nil),
        on: .rootStream, context)
      context.close(promise: nil)
    case .refusesStream:
      write(.rstStream(.refusedStream), on: stream, context)
    case .resetsStream:
      write(.rstStream(.internalError), on: stream, context)
    case .fallsSilent:
      isSilent = true
    }
  }

  private func write(
    _ payload: HTTP2Frame.FramePayload, on stream: HTTP2StreamID, _ context: ChannelHandlerContext
  ) {
    let frame = HTTP2Frame(streamID: stream, payload: payload)
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
  }
}

/// A certificate for `localhost` and the other name that is its own authority, and its key, in PEM.
private func selfSigned() throws -> (certificate: String, key: String) {
  let key = P256.Signing.PrivateKey()
  let name = try DistinguishedName { CommonName("csm test") }
  let certificate = try Certificate(
    version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
    notValidBefore: Date(timeIntervalSinceNow: -3600),
    notValidAfter: Date(timeIntervalSinceNow: 86_400), issuer: name, subject: name,
    extensions: try .init {
      Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
      SubjectAlternativeNames([.dnsName("localhost"), .dnsName(TLSServer.otherName)])
    },
    issuerPrivateKey: .init(key))
  return (try certificate.serializeAsPEM().pemString, key.pemRepresentation)
}
