import CSMCore
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Serves the page at one place, until it is cancelled or idle for too long.
package struct Listener: Sendable {
  /// Where it listens; only this machine can reach any of these.
  package enum Place: Sendable {
    /// A port of 127.0.0.1; 0 for any that is free.
    case port(Int)
    /// A socket in the file system, for users who may write to it.
    case socket(String)
    /// A file descriptor of a socket that systemd opened.
    case inherited(Int32)
  }

  /// Another program already listens there.
  package struct InUse: Error {}

  private typealias Connections = NIOAsyncChannel<HTTP1Channel.Value, Never>

  private let place: Place
  private let site: Site
  /// How long it serves without a visitor; nil for no limit.
  private let idle: Duration?

  private static let connectionsMax = 256

  package init(_ place: Place, _ site: Site, idle: Duration?) {
    (self.place, self.site, self.idle) = (place, site, idle)
  }

  /// The time of the last visit, and the number of open connections.
  private final class Visits: Sendable {
    private let state = Mutex((last: ContinuousClock.now, connections: 0))

    func note() { state.withLock { $0.last = .now } }

    var age: Duration { state.withLock { ContinuousClock.now - $0.last } }

    /// Counts one more connection; false if there are too many.
    func come() -> Bool {
      state.withLock { state in
        guard state.connections < Listener.connectionsMax else { return false }
        state.connections += 1
        return true
      }
    }

    func go() { state.withLock { $0.connections -= 1 } }
  }

  /// Serves until it is cancelled, or nobody has visited for `idle`.
  ///
  /// - Parameter onListening: called once it listens, with its port; nil for a socket in the file system.
  /// - Throws: `InUse` if another program listens there.
  package func serve(onListening: @escaping @Sendable (Int?) throws -> Void) async throws {
    let logger = Self.logger
    let visits = Visits()
    let http = http(visits)
    let connections = try await bind { channel in http.setup(channel: channel, logger: logger) }
    try onListening(connections.channel.localAddress?.port)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await accept(connections, http, visits, logger)
      }
      group.addTask { await site.beat() }
      group.addTask { try await self.waitForEnd(visits) }
      defer { group.cancelAll() }
      _ = try await group.next()
    }
  }

  /// Logs almost nothing: connections that browsers drop are not errors.
  private static var logger: Logger {
    var logger = Logger(label: "csm-web") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .critical
    return logger
  }

  private func http(_ visits: Visits) -> HTTP1Channel {
    HTTP1Channel(
      responder: { [site] request, writer, _ in
        visits.note()
        let response = await site.response(to: request)
        try await writer.write(response: response.head, body: response.body)
        visits.note()
      },
      configuration: .init(
        idleTimeout: .seconds(75),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
  }

  private func bind(
    _ setUp: @escaping @Sendable (any Channel) -> EventLoopFuture<HTTP1Channel.Value>
  ) async throws -> Connections {
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
    do {
      switch place {
      case .port(let port):
        return try await bootstrap.bind(
          host: "127.0.0.1", port: port, childChannelInitializer: setUp)
      case .socket(let path):
        return try await bootstrap.bind(
          unixDomainSocketPath: path, cleanupExistingSocketFile: true,
          childChannelInitializer: setUp)
      case .inherited(let number):
        return try await bootstrap.bind(number, childChannelInitializer: setUp)
      }
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw InUse()
    }
  }

  private func accept(
    _ connections: Connections, _ http: HTTP1Channel, _ visits: Visits, _ logger: Logger
  ) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await connections.executeThenClose { inbound in
        for try await connection in inbound {
          guard visits.come() else {
            connection.channel.close(promise: nil)
            continue
          }
          group.addTask {
            await http.handle(value: connection, logger: logger)
            visits.go()
          }
        }
      }
    }
  }

  private func waitForEnd(_ visits: Visits) async throws {
    while true {
      try await Task.sleep(for: min(.seconds(5), idle ?? .seconds(5)))
      if await site.watchers > 0 { visits.note() }
      let age = visits.age
      if age > .seconds(20) { site.rest() }
      if let idle, age > idle { return }
    }
  }
}
