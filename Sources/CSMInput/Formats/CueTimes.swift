/// The row of a cue that says when it is shown: `00:00:01,000 --> 00:00:02,500`.
enum CueTimes {
  case whole(start: String, end: String)
  /// Times are meant here, and they are not to be understood: an arrow or one of the two is missing, or
  /// they are counted in frames.
  case broken

  /// - Returns: nil for a row of words.
  init?(_ row: String) {
    // Most rows are words, and this is quick.
    guard row.utf8.contains(where: Self.isTelling) else { return nil }
    let parts = row.replacing("-->", with: " --> ").split(whereSeparator: \.isWhitespace)
    guard let first = parts.first else { return nil }
    if parts.count >= 3, Self.isTime(first), parts[1] == "-->", Self.isTime(parts[2]) {
      self = .whole(start: Self.plain(first), end: Self.plain(parts[2]))
      return
    }
    let isAlone = { (part: Substring) in Self.isTime(part) || Self.isClock(part, marks: 2) }
    let hasTime = parts.contains(where: isAlone)
    let isNothingElse = parts.allSatisfy { isAlone($0) || Self.isArrow($0) }
    let beginsSo = Self.isTime(first) && parts.dropFirst().first.map(Self.isArrow) == true
    guard hasTime && isNothingElse || beginsSo || Self.hasClocksAndArrow(row) else { return nil }
    self = .broken
  }

  private static func isTelling(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ">") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ";")
  }

  private static let arrows = ["->", "- >", "-&gt;", "–>", "—>", "=>", "→"]

  /// Whether an arrow stands in a row with two times, of whatever kind.
  private static func hasClocksAndArrow(_ row: String) -> Bool {
    let groups = row.split { !$0.isWholeNumber && !":;：；.,".contains($0) }
    return groups.count { isClock($0, marks: 1) } > 1 && arrows.contains { row.contains($0) }
  }

  /// Digits with so many colons or semicolons between them, such as `00:00:01:12` with frames.
  private static func isClock(_ part: Substring, marks: Int) -> Bool {
    guard part.allSatisfy({ $0.isWholeNumber || ":;：；.,".contains($0) }) else { return false }
    let fields = part.split(omittingEmptySubsequences: false) { ":;：；".contains($0) }
    return fields.count > marks && fields.allSatisfy { $0.first?.isWholeNumber == true }
  }

  private static func plain(_ time: Substring) -> String { String(time).replacing(",", with: ".") }

  private static func isArrow(_ part: Substring) -> Bool {
    part.hasSuffix(">") && part.dropLast().allSatisfy { "-–—=".contains($0) }
  }

  /// `00:00:01,000`, with a full stop too; without hours; or without a fraction, if there are hours.
  private static func isTime(_ part: Substring) -> Bool {
    let fields = part.split(separator: ":", omittingEmptySubsequences: false)
    guard let seconds = fields.last, (2...3).contains(fields.count) else { return false }
    let split = seconds.split(
      maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "." })
    return (split.count == 2 || fields.count == 3)
      && (fields.dropLast() + split).allSatisfy { isNumber($0) }
  }

  private static func isNumber(_ text: Substring) -> Bool {
    (1...9).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
