import Dispatch
import Foundation
import Synchronization

/// Handles Ctrl-C and SIGTERM during long work.
final class Interrupt {
  /// The exit code after Ctrl-C, by the convention of shells.
  static let status: Int32 = 130

  private let sources: [any DispatchSourceSignal]
  private let stops: Stops

  private final class Stops: Sendable {
    private let count = Mutex(0)
    private let words = Mutex<String?>(nil)

    var isStopped: Bool { count.withLock { $0 > 0 } }

    func say(_ text: String?) { words.withLock { $0 = text } }

    /// Ends the program, unless this is the first signal and the work itself looks at `isStopped`.
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

  /// - Parameter text: printed before a signal ends the program; nil if the work itself looks at
  ///   `isStopped`, and ends at the next safe point.
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

  /// Changes what is printed before a signal ends the program.
  func say(_ text: String) { stops.say("csm-enqueue: \(text)") }

  var isStopped: Bool { stops.isStopped }
}
