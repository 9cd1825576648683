/// Things in a text that CSM is known to speak wrong.
package enum TextLint: String, Sendable, CaseIterable {
  /// Markup, which is read aloud.
  case markup = "W-SSML"
  /// A web address, an email address or a very long word, which is mumbled or never ends.
  case word = "W-WORD"
  /// Mostly letters of other scripts than Latin; CSM speaks English.
  case language = "W-LANG"
  /// One or two words, which are spoken wrong more often than sentences.
  case short = "W-SHORT"
  /// Digits, brackets, words in capitals, or symbols, which are better written as spoken.
  case spoken = "W-SPOKEN"

  /// Whether it is reported only on request, because it is common and mostly harmless.
  package var isOnRequest: Bool { self == .short || self == .spoken }

  /// An occurrence in a text.
  package struct Finding: Sendable, Equatable {
    package let lint: TextLint
    /// The number of Unicode scalars before it.
    package let offset: Int
    /// The words in question.
    package let words: String
  }

  /// At most one finding of each kind, in the order of their offsets.
  package static func findings(in text: String, isThorough: Bool) -> [Finding] {
    guard isThorough || mayHaveAny(text) else { return [] }
    var findings: [Finding] = []
    func found(_ lint: TextLint, _ offset: Int, _ words: some StringProtocol) {
      guard isThorough || !lint.isOnRequest, !findings.contains(where: { $0.lint == lint }) else {
        return
      }
      findings.append(Finding(lint: lint, offset: offset, words: String(words.prefix(40))))
    }
    var count = 0
    for (offset, word) in words(of: text) {
      count += 1
      if isMarkup(word) { found(.markup, offset, word) }
      if isUnspeakable(word) { found(.word, offset, word) }
      if isThorough, isBetterSpelt(word) { found(.spoken, offset, word) }
    }
    if isMostlyForeign(text) { found(.language, 0, text) }
    if (1..<SpeechLimits.usualWordsMin).contains(count) { found(.short, 0, text) }
    return findings.sorted { $0.offset < $1.offset }
  }

  /// A quick scan of the bytes that lets ordinary texts skip the full check.
  private static func mayHaveAny(_ text: String) -> Bool {
    var run = 0
    var ws = 0
    for byte in text.utf8 {
      run = byte == 0x20 ? 0 : run + 1
      ws = byte | 0x20 == UInt8(ascii: "w") ? ws + 1 : 0
      let isSuspect = byte >= 0x80 || ws == 3 || "<@/[{".utf8.contains(byte)
      if isSuspect || run > SpeechLimits.wordCharactersMax { return true }
    }
    return false
  }

  private static func words(of text: String) -> [(offset: Int, word: Substring)] {
    var words: [(Int, Substring)] = []
    var offset = 0
    for part in text.unicodeScalars.split(
      omittingEmptySubsequences: false, whereSeparator: \.properties.isWhitespace)
    {
      if !part.isEmpty { words.append((offset, Substring(part))) }
      offset += part.count + 1
    }
    return words
  }

  /// `<break`, `</b>`, `[laughs]`, `[pause`, and Ren'Py's `{i}`, `{/i}`.
  private static func isMarkup(_ word: Substring) -> Bool {
    let bytes = word.utf8
    guard let open = bytes.firstIndex(where: { "<[{".utf8.contains($0) }) else { return false }
    let behind = bytes[bytes.index(after: open)...]
    guard let first = behind.first else { return false }
    let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first)
    let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
    let isTag = isLower || isUpper || first == UInt8(ascii: "/")
    if bytes[open] == UInt8(ascii: "<") { return isTag }
    if bytes[open] == UInt8(ascii: "{") { return isTag && bytes.contains(UInt8(ascii: "}")) }
    return isLower && bytes.contains(UInt8(ascii: "]")) || behind.elementsEqual("pause".utf8)
  }

  private static func isUnspeakable(_ word: Substring) -> Bool {
    if word.unicodeScalars.count > SpeechLimits.wordCharactersMax { return true }
    if word.utf8.contains(UInt8(ascii: "@")) {
      let parts = word.split(separator: "@", omittingEmptySubsequences: false)
      return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".")
    }
    return word.contains("://") || word.lowercased().hasPrefix("www.")
  }

  private static func isBetterSpelt(_ word: Substring) -> Bool {
    var capitals = 0
    for scalar in word.unicodeScalars {
      if scalar.properties.numericType != nil { return true }
      if "()[]{}<>/\\#%&*+=~^|_$€£".unicodeScalars.contains(scalar) { return true }
      if scalar.properties.isEmojiPresentation { return true }
      capitals = scalar.properties.isUppercase ? capitals + 1 : 0
      if capitals >= 3 { return true }
    }
    return false
  }

  private static func isMostlyForeign(_ text: String) -> Bool {
    var latin = 0
    var foreign = 0
    for scalar in text.unicodeScalars where scalar.properties.isAlphabetic {
      // Latin letters end at U+024F, except for Vietnamese and other additions.
      if scalar.value < 0x250 || (0x1E00...0x1EFF).contains(scalar.value) {
        latin += 1
      } else {
        foreign += 1
      }
    }
    return foreign > latin
  }
}
