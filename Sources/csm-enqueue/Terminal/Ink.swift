import ArgumentParser
import CSMCore
import Foundation

/// Colours on a terminal, from the eight of every palette, which are readable on dark and on light.
struct Ink {
  let isOn: Bool

  private func paint(_ text: String, _ code: Int) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  func bold(_ text: String) -> String { paint(text, 1) }

  /// A state's name in its colour; spaces around the name are kept.
  func state(_ text: String) -> String {
    let name = text.trimmingCharacters(in: .whitespaces)
    guard let code = JobState.Name(rawValue: name)?.colour else { return text }
    return paint(text, code)
  }

  /// A sentence, with the names of states in their colours.
  func sentence(_ text: String) -> String {
    guard isOn else { return text }
    return text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let end = word.lastIndex(where: \.isLetter).map(word.index(after:)) ?? word.endIndex
      return state(String(word[..<end])) + word[end...]
    }
    .joined(separator: " ")
  }
}

extension JobState.Name {
  /// The terminal's code of the colour; nil for none.
  fileprivate var colour: Int? {
    switch self {
    case .queued: nil
    case .submitting, .inQueue, .inProgress, .completed: 36
    case .stored: 32
    case .failed: 31
    case .unknown, .held: 35
    case .cancelled: 2
    }
  }
}

/// The option for whether to use colours.
struct ColorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "When to use colours; auto means on a terminal, unless NO_COLOR is set.", valueName: "when")
  )
  var color = Choice.auto

  enum Choice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
  }

  var ink: Ink {
    switch color {
    case .always: return Ink(isOn: true)
    case .never: return Ink(isOn: false)
    case .auto:
      let environment = ProcessInfo.processInfo.environment
      let isUnwanted = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
      return Ink(isOn: Console.isTerminal && !isUnwanted)
    }
  }
}
