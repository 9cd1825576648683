/// Cuts a text into turns that CSM speaks well.
///
/// Breaks are where a speaker would breathe: between paragraphs first, then sentences, clauses, behind
/// commas, and only then between any two words; never inside a word. The pieces, joined by spaces, are
/// the text again but for its white space.
///
/// A text cut at other places is other words to pay for: what an old file is cut into never changes
/// (`FrozenTests`).
package struct Splitter: Sendable {
  /// The characters (Unicode scalars) of a piece, at most, unless a single word is longer.
  package let charactersMax: Int

  package init(charactersMax: Int = SpeechLimits.turnCharactersMax) {
    self.charactersMax = max(1, charactersMax)
  }

  /// The pieces in their order; the text itself where it is short enough.
  package func pieces(of text: String) -> [String] {
    // A scalar is at least one byte.
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

  /// How good a place for a break is; the smaller ones are worse.
  private enum Break: Int {
    case space, comma, clause, sentence, paragraph

    var weaker: Break? { Break(rawValue: rawValue - 1) }
  }

  private struct Word {
    let text: Substring
    /// In Unicode scalars.
    let count: Int
    /// What parts it from the next word.
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
    // A dash that stands alone.
    case "-": return word.count == 1 ? .clause : .space
    case ",": return .comma
    default: return .space
    }
  }

  private static let abbreviations: Set<String> = [
    "mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "e.g.", "i.e.", "no.",
  ]

  /// A word whose full stop ends no sentence: a title, or an initial.
  private static func isAbbreviation(_ word: Substring.UnicodeScalarView) -> Bool {
    let bare = word.drop { "\"'“‘([«".unicodeScalars.contains($0) }
    if bare.count == 2, let first = bare.first { return first.properties.isUppercase }
    return bare.count <= 4 && abbreviations.contains(String(bare).lowercased())
  }

  /// Breaks what is too long at its strongest breaks, and what is still too long at weaker ones.
  private func cut(
    _ range: Range<Int>, of words: [Word], at strength: Break, into ranges: inout [Range<Int>]
  ) {
    guard length(range, of: words) > charactersMax else { return ranges.append(range) }
    guard let weaker = strength.weaker else {
      // There is no weaker break: every word goes alone, and is joined again below.
      return ranges.append(contentsOf: range.map { $0..<$0 + 1 })
    }
    var start = range.lowerBound
    for place in range where words[place].end == strength || place == range.upperBound - 1 {
      cut(start..<place + 1, of: words, at: weaker, into: &ranges)
      start = place + 1
    }
  }

  /// Joins neighbours as long as they fit into one turn.
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
