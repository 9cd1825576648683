import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// Questions to the person at the terminal.
enum Question {
  /// Whether somebody can answer.
  ///
  /// A script is never asked, and is not refused for lack of an answer: it means what it adds.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// - Returns: whether the answer is yes; anything else is no.
  static func ask(_ question: String) -> Bool {
    let lines = TextWidth.wrapped(
      "\(Printable.line(question)) [y/N]", to: max(20, Console.width - 2))
    Console.say(lines.joined(separator: "\n  ") + " ")
    let answer = readLine()?.trimmingCharacters(in: .whitespaces).lowercased()
    return answer == "y" || answer == "yes"
  }
}

/// The option and the question for a person's consent to what a command costs.
struct ConsentOptions: ParsableArguments {
  @Flag(
    name: [.customShort("y"), .long],
    help: "Do not ask, even if it costs more than CSM_CONFIRM_USD.")
  var yes = false

  /// Runs the work with a cost limit, above which it changes nothing; then asks, and runs it without one.
  ///
  /// - Parameter what: the work, as in `the new takes would cost …`.
  func demand<Value>(
    _ what: String, in workplace: Workplace, _ body: (_ costMax: Money?) throws -> Value
  ) throws -> Value {
    do {
      return try body(yes || !Question.canAsk ? nil : workplace.settings.confirmation)
    } catch let error as TooDear {
      let price = "\(what) would cost up to \(Figures.money(error.cost))"
      guard Question.ask("\(price). Go on?") else { throw Failure("nothing was changed", .usage) }
      return try body(nil)
    }
  }
}
