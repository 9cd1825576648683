/// Splits a text into turns that CSM speaks well.
///
/// It breaks where a speaker would breathe: between paragraphs, else between sentences, between
/// clauses, after commas or, as a last resort, between words; never inside a word. The pieces
/// joined by spaces are the text, except for its white space.
///
/// The pieces of a text must never change (`FrozenTests`): different ones would be new jobs to pay
/// for.
package struct Splitter: Sendable {
  /// The most characters (Unicode scalars) of a piece, unless a single word is longer.
  package let charactersMax: Int

  package init(charactersMax: Int = SpeechLimits.turnCharactersMax) {
    self.charactersMax = max(1, charactersMax)
  }

  /// The pieces in order; the text itself if it is short enough.
  package func pieces(of text: String) -> [String] {
    // A scalar has at least one byte, so the cheap count comes first.
    if text.utf8.count <= charactersMax || text.unicodeScalars.count <= charactersMax {
      return [text]
    }
    let words = Self.words(of: text)
    guard !words.isEmpty else { return [text] }
    var ranges: [Range<Int>] = []
    cut(0..<words.count, of: words, at: .paragraph, into: &ranges)
    return joined(ranges, of: words).map { range in
      words[range].map { String($0.text) }.joined(separator: " ")
    }
  }

  /// The kinds of breaks, from the weakest to the strongest.
  private enum Break: Int {
    case space, comma, clause, sentence, paragraph

    var weaker: Break? { Break(rawValue: rawValue - 1) }
  }

  private struct Word {
    let text: Substring
    /// In Unicode scalars.
    let count: Int
    /// The break after it.
    var end: Break
  }

  private static func words(of text: String) -> [Word] {
    var words: [Word] = []
    var rest = text.unicodeScalars[...]
    while let start = rest.firstIndex(where: { !$0.properties.isWhitespace }) {
      if let last = words.indices.last, rest[..<start].contains(where: isLineEnd) {
        words[last].end = .paragraph
      }
      rest = rest[start...]
      let end = rest.firstIndex(where: { $0.properties.isWhitespace }) ?? rest.endIndex
      let word = rest[..<end]
      words.append(Word(text: Substring(word), count: word.count, end: breakBehind(word)))
      rest = rest[end...]
    }
    return words
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    "\n\r\u{2028}\u{2029}\u{85}".unicodeScalars.contains(scalar)
  }

  private static func breakBehind(_ word: Substring.UnicodeScalarView) -> Break {
    let closers = "\"'”’)]»".unicodeScalars
    let end = word.lastIndex { !closers.contains($0) }
    guard let end else { return .space }
    switch word[end] {
    case "!", "?", "…": return .sentence
    case ".": return isAbbreviation(word[...end]) ? .space : .sentence
    case ";", ":", "—", "–": return .clause
    // A dash by itself.
    case "-": return word.count == 1 ? .clause : .space
    case ",": return .comma
    default: return .space
    }
  }

  private static let abbreviations: Set<String> = [
    "mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "e.g.", "i.e.", "no.",
  ]

  /// Whether the full stop belongs to a title or an initial and does not end a sentence.
  private static func isAbbreviation(_ word: Substring.UnicodeScalarView) -> Bool {
    let bare = word.drop { "\"'“‘([«".unicodeScalars.contains($0) }
    if bare.count == 2, let first = bare.first { return first.properties.isUppercase }
    return bare.count <= 4 && abbreviations.contains(String(bare).lowercased())
  }

  /// Splits a range that is too long at its breaks of this strength, and parts that are still too
  /// long at weaker ones.
  private func cut(
    _ range: Range<Int>, of words: [Word], at strength: Break, into ranges: inout [Range<Int>]
  ) {
    guard length(range, of: words) > charactersMax else { return ranges.append(range) }
    guard let weaker = strength.weaker else {
      // There is no weaker break; single words are joined again by `joined`.
      return ranges.append(contentsOf: range.map { $0..<$0 + 1 })
    }
    var start = range.lowerBound
    for place in range where words[place].end == strength || place == range.upperBound - 1 {
      cut(start..<place + 1, of: words, at: weaker, into: &ranges)
      start = place + 1
    }
  }

  /// Joins neighbouring ranges while they fit into one piece.
  private func joined(_ ranges: [Range<Int>], of words: [Word]) -> [Range<Int>] {
    var joined: [Range<Int>] = []
    var count = 0
    for range in ranges {
      let more = length(range, of: words)
      if let last = joined.last, count + 1 + more <= charactersMax {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
        count += 1 + more
      } else {
        joined.append(range)
        count = more
      }
    }
    return joined
  }

  private func length(_ range: Range<Int>, of words: [Word]) -> Int {
    words[range].reduce(range.count - 1) { $0 + $1.count }
  }
}
