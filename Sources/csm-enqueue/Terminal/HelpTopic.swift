import ArgumentParser
import CSMHelp

/// `csm-enqueue help formats` and the other topics.
///
/// The `help` of the argument parser knows commands only, and cannot be extended. Topics are therefore
/// recognised before the parser runs.
struct HelpTopic: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "csm-enqueue help", abstract: "Show a topic.")

  @Argument var topic: Topic

  @Option(name: .customLong("as"), help: .hidden)
  var form = Form.text

  /// The form to print the topic in; the installer uses `man` and `conf`.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case text, man, conf
  }

  /// The topics, for the end of the program's help.
  static let list = Topic.allCases.map { topic in
    "  \(topic.rawValue)".padding(to: 26) + topic.summary
  }
  .joined(separator: "\n")

  /// The command for `help TOPIC`.
  ///
  /// - Returns: nil if the arguments do not ask for a topic.
  static func command(_ arguments: [String]) throws -> (any ParsableCommand)? {
    guard arguments.first == "help", arguments.count > 1, Topic(rawValue: arguments[1]) != nil
    else { return nil }
    return try parseAsRoot(Array(arguments.dropFirst()))
  }

  func validate() throws {
    guard form != .conf || topic == .settings else {
      throw ValidationError("only the settings can be printed as conf")
    }
  }

  func run() {
    switch form {
    case .text: Console.print(topic.text(width: Console.width))
    case .man: Console.print(topic.manual)
    case .conf: Console.show(SettingsText.file)
    }
  }
}

extension Topic: ExpressibleByArgument {}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
