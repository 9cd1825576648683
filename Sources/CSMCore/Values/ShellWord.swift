/// Words of commands that a person may copy from a message into a shell.
package enum ShellWord {
  /// The text as one word: bare where a shell takes it as it is, else in single quotes.
  package static func quoted(_ text: String) -> String {
    guard text.isEmpty || !text.allSatisfy(isPlain) else { return text }
    return "'\(text.replacing("'", with: #"'\''"#))'"
  }

  /// Letters and digits of every script, and the signs that mean nothing to any shell.
  private static func isPlain(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "-_./:,@%+".contains(character)
  }
}
