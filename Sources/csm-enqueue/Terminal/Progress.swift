import CSMCore
import CSMReports
import Foundation

/// The progress of long work, on one line of the terminal that is redrawn.
///
/// It is silent for the first two seconds, and where standard error is not a terminal.
final class Progress {
  private let what: String
  private let noun: String
  private let begin = ContinuousClock.now
  private var shownAt: ContinuousClock.Instant?
  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// How long work may take before its progress is shown.
  private static let patience: Duration = .seconds(2)
  private static let gap: Duration = .milliseconds(100)

  /// - Parameters:
  ///   - what: the work, such as `export`.
  ///   - noun: the thing counted, such as `file`.
  init(_ what: String, _ noun: String) {
    self.what = what
    self.noun = noun
  }

  deinit { clear() }

  /// - Parameter total: nil if unknown.
  func show(_ done: Int, of total: Int? = nil) {
    guard isTerminal, let elapsed = due() else { return }
    var text = "\(what): "
    if let total, total > 0 {
      text += "\(Figures.count(done)) of \(Figures.count(total, noun)) (\(done * 100 / total) %)"
      if done > 0, done < total {
        let rest = elapsed * (Double(total - done) / Double(done))
        text += ", about \(Figures.duration(rest)) left"
      }
    } else {
      text += Figures.count(done, noun)
    }
    draw(text)
  }

  /// Shows a phase of the work whose progress is unknown.
  func show(phase: String) {
    guard isTerminal, ContinuousClock.now - begin >= Self.patience else { return }
    draw("\(what): \(phase)")
  }

  /// Clears the line.
  func clear() {
    guard isTerminal, shownAt != nil else { return }
    Console.say("\r\u{1B}[K")
    shownAt = nil
  }

  private func draw(_ text: String) {
    Console.say("\r\(TextWidth.cut(text, to: max(20, Console.width - 1)))\u{1B}[K")
  }

  /// The time since the beginning; nil if it is too early to draw.
  private func due() -> Duration? {
    let now = ContinuousClock.now
    guard now - begin >= Self.patience, shownAt.map({ now - $0 >= Self.gap }) ?? true else {
      return nil
    }
    shownAt = now
    return now - begin
  }
}
