import CSMDaemon
import Dispatch
import Glibc
import Synchronization

/// Turns signals into items of the inbox: SIGTERM and SIGINT stop, SIGHUP reloads.
final class Signals {
  private let sources: [any DispatchSourceSignal]

  init(_ inbox: Inbox) {
    // The reader of the log may go away.
    signal(SIGPIPE, SIG_IGN)
    let stops = Stops(inbox)
    sources = [
      Self.source(SIGTERM) { stops.count() }, Self.source(SIGINT) { stops.count() },
      Self.source(SIGHUP) { inbox.post(.reload) },
    ]
  }

  func stop() {
    for source in sources { source.cancel() }
  }

  private static func source(_ number: Int32, _ handler: @escaping @Sendable () -> Void)
    -> any DispatchSourceSignal
  {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler(handler: DispatchWorkItem(block: handler))
    source.activate()
    return source
  }
}

/// Counts the signals to stop; the second one exits at once, which is as safe as a crash.
private final class Stops: Sendable {
  private let inbox: Inbox
  private let seen = Mutex(0)

  init(_ inbox: Inbox) {
    self.inbox = inbox
  }

  func count() {
    let isSecond = seen.withLock { seen in
      seen += 1
      return seen > 1
    }
    if isSecond { _exit(130) }
    inbox.post(.stop)
  }
}
