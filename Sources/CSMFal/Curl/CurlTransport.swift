import CCurl
import Glibc
import Synchronization

/// Sends requests with libcurl, in two lanes of one thread each, which sleeps while there is nothing to do.
///
/// What may be repeated (GET) shares HTTP/2 connections. All else goes over HTTP/1.1, each on a new
/// connection that carries nothing else: how such a request ended is plain. A server that ends an HTTP/2
/// connection takes many requests along without a word on which of them it has processed (libcurl does
/// not pass on what GOAWAY and REFUSED_STREAM say); and one that ends an idle connection may do so at the
/// very moment at which a POST leaves on it.
///
/// How a request travels: `send` puts a `Transfer` into its lane's mailbox and wakes the thread; the
/// thread's `Loop` gives it an easy handle, whose callbacks fill the transfer in; when libcurl
/// reports the end, the loop resumes the caller.
///
/// What is sent but a GET reaches the wire once: the callback that runs before each sending refuses
/// the second, and the body is read from a source that cannot be rewound.
package final class CurlTransport: Transport {
  private let reads: Lane
  private let writes: Lane

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - caFile: the certificates to trust instead of the system's, a PEM file.
  ///   - proxy: the proxy for `https` URLs, as in the environment's `https_proxy`; hosts in
  ///     `no_proxy` and loopback addresses are reached without.
  ///   - pace: how long the threads sleep at most; nil for as long as there is nothing to do.
  ///   - onRead: called by the thread of GETs whenever it comes round.
  ///   - onWrite: called by the other thread whenever it comes round.
  package init(
    caFile: String? = nil, proxy: String? = nil, pace: Duration? = nil,
    onRead: @escaping @Sendable () -> Void = {}, onWrite: @escaping @Sendable () -> Void = {}
  ) {
    precondition(Self.libraryIsReady, "libcurl cannot start")
    let options = Options(caFile: caFile, proxy: proxy)
    reads = Lane("csmd-read", options, pace: pace, onTurn: onRead)
    writes = Lane("csmd-write", options, pace: pace, onTurn: onWrite)
  }

  deinit {
    shutdown()
  }

  package func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    let transfer: Transfer
    do {
      transfer = try Transfer(request)
    } catch {
      return .failure(error)
    }
    let mailbox = (request.method == .get ? reads : writes).mailbox
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.continuation = continuation
        if !mailbox.post(.start(transfer)) {
          transfer.end(with: .failure(.shutDown))
        }
      }
    } onCancel: {
      _ = mailbox.post(.cancel(transfer))
    }
  }

  /// Ends every request as cancelled and the threads with them; returns when they have ended.
  ///
  /// What is sent later fails at once. May be called twice.
  package func shutdown() {
    for lane in [reads, writes] { lane.mailbox.stop() }
    for lane in [reads, writes] { lane.join() }
  }

  private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

extension CurlTransport {
  /// A thread with connections of its own, and the way to it.
  private final class Lane: Sendable {
    let mailbox = Mailbox()
    private let thread: Mutex<pthread_t?>

    init(
      _ name: String, _ options: Options, pace: Duration?, onTurn: @escaping @Sendable () -> Void
    ) {
      let loop = Loop(
        name: name, mailbox: mailbox, options: options, pace: pace, onTurn: onTurn)
      thread = Mutex(loop.start())
    }

    /// Returns when the thread has ended; the mailbox must have been stopped.
    func join() {
      if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }
  }
}

extension HTTPFailure {
  static let shutDown = HTTPFailure(.cancelled, "The transport has shut down.", sent: false)
}

extension CurlTransport {
  /// What callers ask of the thread.
  enum Command {
    case start(Transfer)
    case cancel(Transfer)
  }

  /// The way from callers to the thread.
  final class Mailbox: Sendable {
    private struct State {
      var commands: [Command] = []
      var isStopped = false
    }

    /// Used by the thread alone, but for `curl_multi_wakeup`, which any thread may call as long
    /// as the handle lives: only under the lock and while `isStopped` is false, and the thread
    /// frees the handle after it has seen `isStopped`.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let state = Mutex(State())

    init() {
      guard let multi = curl_multi_init() else { preconditionFailure("libcurl is out of memory") }
      self.multi = multi
    }

    /// Hands `command` to the thread; false when that has been stopped.
    func post(_ command: Command) -> Bool {
      state.withLock { state in
        guard !state.isStopped else { return false }
        state.commands.append(command)
        if state.commands.count == 1 { curl_multi_wakeup(multi) }
        return true
      }
    }

    /// Tells the thread to end.
    func stop() {
      state.withLock { state in
        guard !state.isStopped else { return }
        state.isStopped = true
        curl_multi_wakeup(multi)
      }
    }

    /// What has come since the last call, in order, and whether the thread shall end.
    func take() -> (commands: [Command], isStopped: Bool) {
      state.withLock { state in
        defer { state.commands.removeAll(keepingCapacity: true) }
        return (state.commands, state.isStopped)
      }
    }
  }
}
