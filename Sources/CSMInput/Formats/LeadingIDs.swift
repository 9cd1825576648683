import CSMCore

/// Recognises lines that begin with an id, such as `Menu.Main.01 Welcome.`; it would be spoken too.
enum LeadingIDs {
  private static let linesMin = 3

  /// The first id, if the lines begin with an id of their own each; few may be without.
  static func first(of lines: [String]) -> String? {
    let ids = lines.compactMap(id)
    guard ids.count >= linesMin, Set(ids).count == ids.count,
      lines.count - ids.count <= lines.count / 5
    else { return nil }
    return ids.first
  }

  /// The first word, if words follow it and it looks like an id: letters together with digits, or parts with
  /// a dot, a slash or an underscore between them.
  private static func id(of line: String) -> String? {
    let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    guard words.count == 2, let word = words.first, word.utf8.count <= LineID.bytesMax,
      let last = word.utf8.last, last.isLetterOrDigit,
      word.utf8.allSatisfy({ $0.isLetterOrDigit || "._-/".utf8.contains($0) }),
      word.contains(where: \.isLetter)
    else { return nil }
    let parts = word.split { "._/".contains($0) }
    let isPath = parts.count > 1 && parts.allSatisfy { $0.utf8.count > 1 }
    return isPath || word.contains(where: \.isNumber) ? String(word) : nil
  }
}
