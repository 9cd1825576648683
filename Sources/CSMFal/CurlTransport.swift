import CCurl
import Glibc
import Synchronization

/// Sends requests with libcurl: one thread runs all of them through the multi interface, and
/// sleeps in the kernel while there are none.
///
/// How a request travels: `send` puts a `Transfer` into the mailbox and wakes the thread; the
/// thread's `Loop` gives it an easy handle, whose callbacks fill the transfer in; when libcurl
/// reports the end, the loop resumes the caller.
///
/// What is sent but a GET reaches the wire once: the callback that runs before each sending refuses
/// the second, and the body is read from a source that cannot be rewound.
package final class CurlTransport: Transport {
  private let mailbox = Mailbox()
  private let thread: Mutex<pthread_t?>

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - caFile: the certificates to trust instead of the system's, a PEM file.
  ///   - proxy: the proxy for `https` URLs, as in the environment's `https_proxy`; hosts in
  ///     `no_proxy` and loopback addresses are reached without.
  ///   - pace: how long the thread sleeps at most; nil for as long as there is nothing to do.
  ///   - onTurn: called by the thread whenever it comes round.
  package init(
    caFile: String? = nil, proxy: String? = nil, pace: Duration? = nil,
    onTurn: @escaping @Sendable () -> Void = {}
  ) {
    precondition(Self.libraryIsReady, "libcurl cannot start")
    let loop = Loop(
      mailbox: mailbox, options: Options(caFile: caFile, proxy: proxy), pace: pace, onTurn: onTurn)
    thread = Mutex(loop.start())
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

  /// Ends every request as cancelled and the thread with them; returns when it has ended.
  ///
  /// What is sent later fails at once. May be called twice.
  package func shutdown() {
    mailbox.stop()
    if let thread = thread.withLock({ $0.take() }) {
      pthread_join(thread, nil)
    }
  }

  private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
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
