import CCurl
import CLinux
import Glibc

extension CurlTransport {
  /// The event loop of a lane, which starts, advances and ends transfers.
  ///
  /// Created by the transport, then used only on its own thread.
  final class Loop {
    private let name: String
    private let mailbox: Mailbox
    private let options: Options
    private let multi: UnsafeMutableRawPointer
    /// What its handles share: the TLS sessions, so that a new connection to a host resumes the last one
    /// instead of exchanging and checking certificates again.
    private let share: UnsafeMutableRawPointer
    private let sleepMax: Int32
    private let onRound: @Sendable () -> Void
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idle: [UnsafeMutableRawPointer] = []
    private var stuck = StuckHosts()

    private static let idleMax = 16
    private static let idleConnectionsMax = 32

    init(
      name: String, mailbox: Mailbox, options: Options, pace: Duration?,
      onRound: @escaping @Sendable () -> Void
    ) {
      self.name = name
      self.mailbox = mailbox
      self.options = options
      sleepMax = pace.map { Int32($0.curlMilliseconds) } ?? .max
      self.onRound = onRound
      multi = mailbox.multi
      guard let share = curl_share_init() else { preconditionFailure("libcurl is out of memory") }
      // Without locks, since only this thread uses them.
      csm_share(share, CURL_LOCK_DATA_SSL_SESSION)
      self.share = share
      csm_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
      csm_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.idleConnectionsMax)
    }

    /// Runs the loop on a new thread, which ends after `Mailbox.stop`.
    func start() -> pthread_t {
      var thread = pthread_t()
      let loop = Unmanaged.passRetained(self).toOpaque()
      let code = pthread_create(
        &thread, nil,
        { loop in
          guard let loop else { return nil }
          Unmanaged<Loop>.fromOpaque(loop).takeRetainedValue().run()
          return nil
        }, loop)
      precondition(code == 0, "cannot create a thread for HTTP: error \(code)")
      return thread
    }

    private func run() {
      blockBrokenPipeSignal()
      pthread_setname_np(pthread_self(), name)
      while true {
        onRound()
        let (commands, isStopped) = mailbox.take()
        for command in commands { obey(command) }
        if isStopped { break }
        perform()
        endFinished()
        wait()
      }
      clear()
    }

    /// OpenSSL writes to sockets without MSG_NOSIGNAL, and with CURLOPT_NOSIGNAL libcurl leaves it
    /// to the program to handle SIGPIPE.
    private func blockBrokenPipeSignal() {
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func perform() {
      var running: Int32 = 0
      let code = curl_multi_perform(multi, &running)
      precondition(code == CURLM_OK, "curl_multi_perform: \(code)")
    }

    /// Sleeps until a socket, a transfer's timer or the mailbox needs the thread, at most for its
    /// pace.
    private func wait() {
      let code = curl_multi_poll(multi, nil, 0, sleepMax, nil)
      precondition(code == CURLM_OK, "curl_multi_poll: \(code)")
    }
  }
}

extension CurlTransport.Loop {
  private func obey(_ command: CurlTransport.Command) {
    switch command {
    case .start(let transfer) where transfer.isCancelled:
      transfer.end(with: .failure(transfer.cancelled))
    case .start(let transfer):
      start(transfer)
    case .cancel(let transfer):
      cancel(transfer)
    }
  }

  private func start(_ transfer: CurlTransport.Transfer) {
    guard let easy = idle.popLast() ?? curl_easy_init() else {
      preconditionFailure("libcurl is out of memory")
    }
    transfer.easy = easy
    transfer.isAlone =
      transfer.request.method != .get || stuck.contains(transfer.target.host, at: .now)
    options.apply(to: transfer, easy, sharing: share)
    active[easy] = transfer
    let code = curl_multi_add_handle(multi, easy)
    precondition(code == CURLM_OK, "curl_multi_add_handle: \(code)")
  }

  /// A cancellation can overtake the start, which then finds `isCancelled` set.
  private func cancel(_ transfer: CurlTransport.Transfer) {
    transfer.isCancelled = true
    guard let easy = transfer.easy else { return }
    end(easy, with: .failure(transfer.cancelled))
  }

  private func endFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
        let transfer = active[easy]
      else { continue }
      end(easy, with: transfer.result(csm_message_result(message)))
    }
  }

  /// Removes the handle, after which no callback runs, and then resumes the caller.
  ///
  /// Handles are reused only after success: libcurl's reset clears the options, but not a pending
  /// rewind of the body.
  private func end(
    _ easy: UnsafeMutableRawPointer, with result: Result<HTTPResponse, HTTPFailure>
  ) {
    curl_multi_remove_handle(multi, easy)
    if result.isSuccess, idle.count < Self.idleMax {
      curl_easy_reset(easy)
      idle.append(easy)
    } else {
      curl_easy_cleanup(easy)
    }
    guard let transfer = active.removeValue(forKey: easy) else { return }
    // A connection of its own says nothing about the shared one.
    if !transfer.isAlone, case .failure(let failure) = result,
      [.timeout, .stalled].contains(failure.kind)
    {
      stuck.noteSilence(of: transfer.target.host, at: .now)
    }
    transfer.end(with: result)
  }

  private func clear() {
    for (easy, transfer) in active { end(easy, with: .failure(transfer.cancelled)) }
    for easy in idle { curl_easy_cleanup(easy) }
    curl_multi_cleanup(multi)
    curl_share_cleanup(share)
  }
}

extension Result {
  fileprivate var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}
