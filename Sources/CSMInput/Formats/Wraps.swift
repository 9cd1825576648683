/// Counts lines that a program has wrapped at a fixed width, so that sentences go on from line to line.
///
/// A line was wrapped if the first word of the next one would have made it wider than the others. All widths
/// are in characters.
struct Wraps {
  private var lines = 0
  /// How many lines have each width.
  private var widths = [Int](repeating: 0, count: Self.widthMax + 1)
  /// How many lines follow one another; and where the next one goes on with the sentence, how many would have
  /// each width with its first word.
  private var pairs = 0
  private var joined = [Int](repeating: 0, count: Self.widthMax + Self.wordMax + 2)
  private var last: Last?

  private struct Last {
    let width: Int
    let isFinished: Bool
  }

  private static let widthMin = 40
  private static let widthMax = 140
  private static let wordMax = 30
  private static let wrapsMin = 3

  /// Counts the next line; a blank one ends a paragraph.
  mutating func note(_ line: String) {
    guard !line.isBlank else {
      last = nil
      return
    }
    let words = line.trimmed
    let first = words.unicodeScalars.prefix { !$0.properties.isWhitespace }.count
    if let last {
      pairs += 1
      let width = last.width + 1 + first
      let goesOn = !last.isFinished && words.unicodeScalars.first?.properties.isUppercase == false
      if goesOn, first <= Self.wordMax, width < joined.count { joined[width] += 1 }
    }
    let width = words.utf8.count > 8 * Self.widthMax ? .max : words.unicodeScalars.count
    lines += 1
    if width <= Self.widthMax { widths[width] += 1 }
    last = Last(width: min(width, Self.widthMax * 2), isFinished: Self.isFinished(words))
  }

  /// The width at which the lines are wrapped; nil if they are not.
  var width: Int? {
    // A few lines may be longer, such as one with an address.
    var rest = lines - lines / 50
    let width = widths.indices.first {
      rest -= widths[$0]
      return rest <= 0
    }
    guard let width, width >= Self.widthMin else { return nil }
    let wraps = joined[(width + 1)...].reduce(0, +)
    return wraps >= Self.wrapsMin && wraps * 5 >= pairs * 2 ? width : nil
  }

  /// Whether a line ends with the end of a sentence.
  private static func isFinished(_ words: String) -> Bool {
    let closing: Set<Unicode.Scalar> = ["\"", "'", ")", "]", "”", "’", "»", "_", "*"]
    let last = words.unicodeScalars.last { !closing.contains($0) }
    return last.map { ".!?…:。！？".unicodeScalars.contains($0) } ?? true
  }
}
