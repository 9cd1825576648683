import CCurl
import Glibc
import Synchronization

/// Sends requests with libcurl, in two lanes of one thread each, for reads and writes.
///
/// GETs may be repeated, and share HTTP/2 connections, except for a while after one got no answer
/// (`StuckHosts`). Everything else uses HTTP/1.1 on a new connection of its own, so that the fate of
/// each request is clear: a server that closes an HTTP/2 connection ends many requests, and libcurl does
/// not report which of them it has processed (GOAWAY, REFUSED_STREAM); a server that closes an idle
/// connection may do so just as a POST is sent on it.
///
/// `send` puts a `Transfer` into its lane's mailbox and wakes the thread. The thread's `Loop` gives
/// it an easy handle, whose callbacks fill in the transfer. When libcurl reports the end, the loop
/// resumes the caller.
///
/// Anything but a GET is sent at most once: the callback before each sending refuses a second one,
/// and the body comes from a source that cannot be rewound.
package final class CurlTransport: Transport {
  private let reads: Lane
  private let writes: Lane

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - caFile: a PEM file of certificates to trust instead of the system's.
  ///   - proxy: the proxy for `https` URLs, as in `https_proxy`; not used for hosts in `no_proxy`
  ///     and loopback addresses.
  ///   - pace: the longest sleep of the threads; nil for no limit.
  ///   - onRead: called in each round of the thread for GETs.
  ///   - onWrite: called in each round of the other thread.
  package init(
    caFile: String? = nil, proxy: String? = nil, pace: Duration? = nil,
    onRead: @escaping @Sendable () -> Void = {}, onWrite: @escaping @Sendable () -> Void = {}
  ) {
    precondition(Self.libraryIsReady, "libcurl cannot start")
    let options = Options(caFile: caFile, proxy: proxy)
    reads = Lane("csmd-read", options, pace: pace, onRound: onRead)
    writes = Lane("csmd-write", options, pace: pace, onRound: onWrite)
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

  /// Cancels all requests and ends the threads; returns when they have ended.
  ///
  /// Later requests fail at once. May be called repeatedly.
  package func shutdown() {
    for lane in [reads, writes] { lane.mailbox.stop() }
    for lane in [reads, writes] { lane.join() }
  }

  private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

extension CurlTransport {
  /// A thread with its own connections, and its mailbox.
  private final class Lane: Sendable {
    let mailbox = Mailbox()
    private let thread: Mutex<pthread_t?>

    init(
      _ name: String, _ options: Options, pace: Duration?, onRound: @escaping @Sendable () -> Void
    ) {
      let loop = Loop(
        name: name, mailbox: mailbox, options: options, pace: pace, onRound: onRound)
      thread = Mutex(loop.start())
    }

    /// Waits for the thread to end; the mailbox must have been stopped.
    func join() {
      if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }
  }
}

extension HTTPFailure {
  static let shutDown = HTTPFailure(.cancelled, "The transport has shut down.", sent: false)
}

extension CurlTransport {
  /// A command to the thread.
  enum Command {
    case start(Transfer)
    case cancel(Transfer)
  }

  /// Passes commands from callers to the thread.
  final class Mailbox: Sendable {
    private struct State {
      var commands: [Command] = []
      var isStopped = false
    }

    /// Used by the thread alone, except for `curl_multi_wakeup`, which any thread may call while
    /// the handle exists: that is, under the lock and while `isStopped` is false, since the thread
    /// frees the handle only after it has seen `isStopped`.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let state = Mutex(State())

    init() {
      guard let multi = curl_multi_init() else { preconditionFailure("libcurl is out of memory") }
      self.multi = multi
    }

    /// Passes `command` to the thread; returns false if that has been stopped.
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

    /// The commands since the last call, in order, and whether the thread must end.
    func take() -> (commands: [Command], isStopped: Bool) {
      state.withLock { state in
        defer { state.commands.removeAll(keepingCapacity: true) }
        return (state.commands, state.isStopped)
      }
    }
  }
}
