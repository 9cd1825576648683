import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Testing

@testable import CSMLocalFal

@Suite("The TLS port")
struct TLSTests {
  @Test(
    "shows a certificate that its file lets clients trust, over HTTP/2 and HTTP/1.1",
    arguments: [("localhost", "h2"), ("localhost", "http/1.1")])
  func handshake(name: String, alpn: String) async throws {
    let path = try temporaryPath()
    defer { removeFolder(of: path) }
    let options = quick {
      $0.tlsPort = 0
      $0.certificateFile = path
    }
    try await LocalFal(options).serve { listening in
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.trustRoots = .file(path)
      configuration.applicationProtocols = [alpn]
      let context = try NIOSSLContext(configuration: configuration)
      let negotiated = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: "127.0.0.1", port: try #require(listening.tlsPort)) { channel in
          channel.eventLoop.makeCompletedFuture {
            let done = channel.eventLoop.makePromise(of: String?.self)
            let tls = try NIOSSLClientHandler(context: context, serverHostname: name)
            try channel.pipeline.syncOperations.addHandlers(tls, HandshakeWatcher(done: done))
            return done.futureResult
          }
        }.get()
      #expect(negotiated == alpn)
    }
  }

  @Test("like the plain one, causes a clear error at start if it is in use")
  func portInUse() async throws {
    try await withFal { client in
      let error = await #expect(throws: PortInUse.self) {
        try await withFal(quick { $0.port = client.port }) { _ in }
      }
      #expect(error?.description.contains("\(client.port)") == true)
    }
  }
}

/// Reports the negotiated protocol, or that the handshake failed.
private final class HandshakeWatcher: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let done: EventLoopPromise<String?>

  init(done: EventLoopPromise<String?>) {
    self.done = done
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent {
      done.succeed(negotiated)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    done.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    done.fail(ChannelError.eof)
  }
}
