import CSMCore

/// The times of a cue: `00:00:01,000 --> 00:00:02,500`.
enum CueTimes {
  case whole(start: String, end: String)
  /// Malformed times: the arrow or one of them is missing, or they count frames.
  case broken

  /// - Returns: nil for a row of words.
  init?(_ row: String) {
    // A quick check, since most rows are words.
    guard row.utf8.contains(where: Self.occursInTimes) else { return nil }
    let parts = row.replacing("-->", with: " --> ").split(whereSeparator: \.isWhitespace)
    guard let first = parts.first else { return nil }
    if parts.count >= 3, Self.isTime(first), parts[1] == "-->", Self.isTime(parts[2]) {
      self = .whole(start: Self.plain(first), end: Self.plain(parts[2]))
      return
    }
    let isAlone = { (part: Substring) in Self.isTime(part) || Self.isClock(part, marks: 2) }
    let hasTime = parts.contains(where: isAlone)
    let isNothingElse = parts.allSatisfy { isAlone($0) || Self.isArrow($0) }
    let beginsWithTime = Self.isTime(first) && parts.dropFirst().first.map(Self.isArrow) == true
    guard hasTime && isNothingElse || beginsWithTime || Self.hasClocksAndArrow(row) else {
      return nil
    }
    self = .broken
  }

  private static func occursInTimes(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ">") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ";")
  }

  private static let arrows = ["->", "- >", "-&gt;", "–>", "—>", "=>", "→"]

  /// Whether a row contains two times of any kind and an arrow.
  private static func hasClocksAndArrow(_ row: String) -> Bool {
    let groups = row.split { !$0.isWholeNumber && !":;：；.,".contains($0) }
    return groups.count { isClock($0, marks: 1) } > 1 && arrows.contains { row.contains($0) }
  }

  /// Whether a part is digits with at least `marks` colons or semicolons, such as `00:00:01:12` with frames.
  private static func isClock(_ part: Substring, marks: Int) -> Bool {
    guard part.allSatisfy({ $0.isWholeNumber || ":;：；.,".contains($0) }) else { return false }
    let fields = part.split(omittingEmptySubsequences: false) { ":;：；".contains($0) }
    return fields.count > marks && fields.allSatisfy { $0.first?.isWholeNumber == true }
  }

  private static func plain(_ time: Substring) -> String { String(time).replacing(",", with: ".") }

  private static func isArrow(_ part: Substring) -> Bool {
    part.hasSuffix(">") && part.dropLast().allSatisfy { "-–—=".contains($0) }
  }

  /// Whether a part is a time such as `00:00:01,000`: a full stop may replace the comma, and either the hours
  /// or the fraction may be missing.
  private static func isTime(_ part: Substring) -> Bool {
    let fields = part.split(separator: ":", omittingEmptySubsequences: false)
    guard let seconds = fields.last, (2...3).contains(fields.count) else { return false }
    let split = seconds.split(
      maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "." })
    return (split.count == 2 || fields.count == 3)
      && (fields.dropLast() + split).allSatisfy { $0.utf8.count < 10 && Int(digits: $0) != nil }
  }
}
