/// The row of a cue that says when it is shown: `00:00:01,000 --> 00:00:02,500`.
enum CueTimes {
  case whole(start: String, end: String)
  /// Times are meant here, and they are not to be understood: an arrow or one of the two is missing.
  case broken

  /// - Returns: nil for a row of words.
  init?(_ row: String) {
    // Most rows are words, and this is quick.
    guard row.utf8.contains(where: { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: ":") }) else {
      return nil
    }
    let parts = row.replacing("-->", with: " --> ").split(whereSeparator: \.isWhitespace)
    guard let first = parts.first else { return nil }
    if parts.count >= 3, Self.isTime(first), parts[1] == "-->", Self.isTime(parts[2]) {
      self = .whole(start: Self.plain(first), end: Self.plain(parts[2]))
      return
    }
    let hasTime = parts.contains(where: Self.isTime)
    let isNothingElse = parts.allSatisfy { Self.isTime($0) || Self.isArrow($0) }
    let beginsSo = Self.isTime(first) && parts.dropFirst().first.map(Self.isArrow) == true
    guard hasTime && isNothingElse || beginsSo else { return nil }
    self = .broken
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
