/// Quotes words of commands that people may copy from a message into a shell.
package enum ShellWord {
  /// The text as one shell word, in single quotes only if needed.
  package static func quoted(_ text: String) -> String {
    guard text.isEmpty || !text.allSatisfy(isPlain) else { return text }
    return "'\(text.replacing("'", with: #"'\''"#))'"
  }

  /// Whether it is a letter or digit of any script, or a character that is not special in any
  /// shell.
  private static func isPlain(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "-_./:,@%+".contains(character)
  }
}
