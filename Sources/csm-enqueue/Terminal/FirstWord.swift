import CSMCore
import CSMHelp
import CSMWorkplace
import Foundation

/// Decides whether the first word of the command line is a command or a file to add.
enum FirstWord {
  /// The arguments, with `add` put before a file: `csm-enqueue FILE` means `csm-enqueue add FILE`.
  ///
  /// - Throws: `Failure` for a word that is neither a command nor a file.
  static func completed(_ arguments: [String], commands: [String]) throws -> [String] {
    guard let first = arguments.first, first == "-" || !first.hasPrefix("-"),
      !commands.contains(first)
    else { return arguments }
    // Anything that looks like a path is one; `add` reports it if it does not exist.
    let isPath = first == "-" || first.contains(where: "./".contains)
    guard isPath || access(first, F_OK) == 0 else {
      throw Failure(complaint(first, commands), .usage)
    }
    return ["add"] + arguments
  }

  private static func complaint(_ word: String, _ commands: [String]) -> String {
    let what = "\(word) is neither a command nor a file"
    if Topic(rawValue: word) != nil { return "\(what): did you mean csm-enqueue help \(word)?" }
    guard let command = Spelling.nearest(to: word, among: commands) else {
      return "\(what): csm-enqueue --help lists the commands"
    }
    return "\(what): did you mean csm-enqueue \(command)?"
  }
}
