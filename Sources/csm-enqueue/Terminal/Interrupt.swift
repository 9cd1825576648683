import Dispatch
import Foundation
import Synchronization

/// What Ctrl-C, or SIGTERM, does to long work.
final class Interrupt {
  /// The exit code that shells give to what Ctrl-C ended.
  static let status: Int32 = 130

  private let sources: [any DispatchSourceSignal]
  private let stops: Stops

  private final class Stops: Sendable {
    private let count = Mutex(0)
    private let words = Mutex<String?>(nil)

    var isStopped: Bool { count.withLock { $0 > 0 } }

    func say(_ text: String?) { words.withLock { $0 = text } }

    /// The first one is a wish where somebody looks for it; else, and the second time, it is the end.
    func stop() {
      let times = count.withLock { count in
        count += 1
        return count
      }
      let text = words.withLock { $0 }
      guard text != nil || times > 1 else { return }
      if let text { Console.say("\r\u{1B}[K\(text)\n") }
      _exit(Interrupt.status)
    }
  }

  /// - Parameter text: said before the program ends at once; nil where the work itself looks at
  ///   `isStopped`, and ends at the next good moment.
  init(saying text: String? = nil) {
    let stops = Stops()
    stops.say(text)
    self.stops = stops
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler(handler: DispatchWorkItem { stops.stop() })
      source.activate()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }

  /// What is true of the work changed.
  func say(_ text: String) { stops.say("csm-enqueue: \(text)") }

  var isStopped: Bool { stops.isStopped }
}
