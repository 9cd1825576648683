import CSMCore
import CSMFiles
import CSMReports
import CSMWorkplace
import Foundation
import Logging
import Synchronization

/// The output of `csmd run --until-idle` on a terminal: the progress on one line, and the log above
/// it.
final class TerminalProgress: Sendable {
  private let isDrawn = Mutex(false)
  private let isGoing = Mutex(false)

  private static let gap: useconds_t = 1_000_000

  /// Nil unless standard error is a terminal.
  init?() {
    guard isatty(STDERR_FILENO) == 1 else { return nil }
  }

  /// Draws the progress every second, on its own thread, so that the daemon never waits for a
  /// terminal.
  func start() {
    isGoing.withLock { $0 = true }
    Thread { [self] in
      while isGoing.withLock({ $0 }) {
        draw()
        usleep(Self.gap)
      }
    }.start()
  }

  /// Draws the final state, with a last message below it.
  ///
  /// - Returns: whether the progress was shown.
  func finish(_ word: String? = nil) -> Bool {
    let wasGoing = isGoing.withLock { isGoing in
      defer { isGoing = false }
      return isGoing
    }
    guard wasGoing else { return false }
    draw(isLast: true)
    isDrawn.withLock { isDrawn in
      Self.say((isDrawn ? "\n" : "") + (word.map { Self.wrapped("csmd: \($0)") } ?? ""))
      isDrawn = false
    }
    return true
  }

  /// Whether it is drawn, so that lines are for a person.
  var isShown: Bool { isGoing.withLock { $0 } }

  /// Prints a sentence above the progress, wrapped between words; silent while nothing is drawn.
  func say(_ sentence: String) {
    guard isShown else { return }
    above { Self.say(Self.wrapped(sentence)) }
  }

  private static func wrapped(_ sentence: String) -> String {
    let lines = TextWidth.wrapped(Printable.line(sentence), to: max(20, width - 4))
    return lines.joined(separator: "\n    ") + "\n"
  }

  /// Runs `body`, which writes lines, with the progress erased.
  func above(_ body: () -> Void) {
    isDrawn.withLock { isDrawn in
      if isDrawn { Self.say("\r\u{1B}[K") }
      isDrawn = false
      body()
    }
  }

  private func draw(isLast: Bool = false) {
    guard let workplace = try? Workplace(), let report = try? StatusReport(workplace, batch: nil)
    else { return }
    let line = report.progress(width: Self.width)
    isDrawn.withLock { isDrawn in
      // The thread may have read the table before the final state was drawn.
      guard isLast || isGoing.withLock(\.self) else { return }
      Self.say("\r\(line)\u{1B}[K")
      isDrawn = true
    }
  }

  private static var width: Int { width(of: STDERR_FILENO) ?? 80 }

  /// Columns of a terminal; nil if it is not one.
  static func width(of descriptor: Int32) -> Int? {
    StandardStreams.size(of: descriptor).map { Int($0.ws_col) }
  }

  /// Writes without blocking, in case the terminal is stopped (Ctrl-S).
  private static func say(_ text: String) {
    _ = StandardStreams.tryWriteError(Array(text.utf8))
  }
}

/// Logs above the progress, in few words while it is shown.
struct AboveProgress: LogHandler {
  var base: any LogHandler
  let progress: TerminalProgress

  var logLevel: Logger.Level {
    get { base.logLevel }
    set { base.logLevel = newValue }
  }

  var metadata: Logger.Metadata {
    get { base.metadata }
    set { base.metadata = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { base[metadataKey: key] }
    set { base[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) {
    guard progress.isShown else { return progress.above { base.log(event: event) } }
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
    guard let line = BriefLine(event.level, "\(event.message)", fields) else { return }
    progress.say("\(Workplace.now().local.suffix(8)) \(line.text)")
  }
}
