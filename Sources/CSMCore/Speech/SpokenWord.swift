/// The spoken length of one word, delimited by white space, in letters of the words it is read as.
struct SpokenWord {
  private(set) var least = 0.0
  private(set) var most = 0.0

  init(_ word: Substring.UnicodeScalarView) {
    if let full = Abbreviations.length(of: word) {
      add(full.least, full.most)
      return
    }
    // Punctuation at the end is a pause, which `SpokenLength` counts.
    guard let last = word.lastIndex(where: { !Self.closing.contains($0) }) else { return }
    var kind = Kind.sign
    var run: [Unicode.Scalar] = []
    for scalar in word[...last] {
      let next = Kind(scalar, after: kind)
      if next != kind || next == .sign {
        end(run, kind)
        run = []
      }
      if next == .sign { sign(scalar, after: kind) } else { run.append(scalar) }
      kind = next
    }
    end(run, kind)
  }

  private static let closing = Set(
    ".,;:!?-\"')]}\u{2026}\u{2013}\u{2014}\u{201D}\u{2019}".unicodeScalars)

  private mutating func add(_ least: Double, _ most: Double) {
    self.least += least
    self.most += most
  }

  private enum Kind {
    case letters, digits, sign

    /// A comma within digits is part of the number, an apostrophe within letters part of the word.
    init(_ scalar: Unicode.Scalar, after before: Kind) {
      if ("0"..."9").contains(scalar) || scalar == "," && before == .digits {
        self = .digits
      } else if scalar.properties.isAlphabetic
        || scalar.properties.generalCategory == .nonspacingMark
        || (scalar == "'" || scalar == "\u{2019}") && before == .letters
      {
        self = .letters
      } else {
        self = .sign
      }
    }
  }

  private mutating func end(_ run: [Unicode.Scalar], _ kind: Kind) {
    switch kind {
    case .letters: letters(run)
    case .digits:
      let number = SpokenNumber(run)
      add(number.least, number.most)
    case .sign: break
    }
  }

  // MARK: Letters

  /// The length of a letter's name: `B` takes as long as `tree`.
  private static let name = (least: 2.5, most: 4.5)

  private mutating func letters(_ run: [Unicode.Scalar]) {
    let count = Double(run.count)
    let isWord = run.contains { Self.vowels.contains($0) || $0.value >= 0x80 }
    let isCapital = run.allSatisfy(\.properties.isUppercase)
    switch run.count {
    case 1 where !isWord:
      add(1, Self.name.most)
    case 2...5 where isCapital:
      // Capitals are spelled out unless they can be read as a word.
      add(count * (isWord ? 1 : Self.name.least), count * Self.name.most)
    case 2...4 where !isWord:
      add(count, count * Self.name.most)
    default:
      for scalar in run {
        let size = Self.size(scalar)
        add(size.least, size.most)
      }
    }
  }

  private static let vowels = Set("aeiouyAEIOUY".unicodeScalars)

  /// The length of a letter; in syllabic and logographic scripts each counts for more than one.
  private static func size(_ scalar: Unicode.Scalar) -> (least: Double, most: Double) {
    switch scalar.value {
    case 0x3040...0x30FF: (1.5, 2.5)  // kana
    case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: (2, 4.5)  // Han
    case 0xAC00...0xD7AF: (2, 3.5)  // Hangul
    default: scalar.properties.generalCategory == .nonspacingMark ? (0, 1) : (1, 1)
    }
  }

  // MARK: Signs

  private mutating func sign(_ scalar: Unicode.Scalar, after before: Kind) {
    switch scalar {
    case "%": add(7, 9)
    case "$", "\u{20AC}", "\u{A3}", "\u{A5}": add(7, 14)
    case "&": add(2, 4)
    case "+", "=", "@", "#", "*", "\\", "\u{B0}", "<", ">", "~", "^", "_", "|", "\u{D7}", "\u{F7}":
      add(3, 7)
    case "/": add(1, 6)
    case "-", "\u{2212}", ":", ".":
      // A pause in a telephone number, or read as `point`, `minus` or `dash`; silent between
      // letters.
      if before == .letters { add(0, 2) } else { add(2.5, 6) }
    default:
      if scalar.properties.isEmojiPresentation { add(0, 14) }
    }
  }
}
