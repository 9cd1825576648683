/// How much one word is, between two spaces, in letters of what it is read as.
struct SpokenWord {
  private(set) var least = 0.0
  private(set) var most = 0.0

  /// The name of a letter or a digit with a short pause: `W` is `double u`, `7` is `seven`.
  private static let name = (least: 2.0, most: 5.0)

  init(_ word: Substring.UnicodeScalarView) {
    if let full = Abbreviations.length(of: word) {
      add(full.least, full.most)
      return
    }
    var kind = Kind.other
    var run: [Unicode.Scalar] = []
    for scalar in word {
      let next = Kind(scalar, after: kind)
      if next != kind {
        end(run, kind)
        run = []
        kind = next
      }
      run.append(scalar)
    }
    end(run, kind)
  }

  private mutating func add(_ least: Double, _ most: Double) {
    self.least += least
    self.most += most
  }

  private enum Kind {
    case letters, digits, other

    /// A comma or a point within digits is theirs.
    init(_ scalar: Unicode.Scalar, after before: Kind) {
      if ("0"..."9").contains(scalar) {
        self = .digits
      } else if scalar == "," && before == .digits {
        self = .digits
      } else if scalar.properties.isAlphabetic
        || scalar.properties.generalCategory == .nonspacingMark
        || scalar == "'" && before == .letters || scalar == "\u{2019}" && before == .letters
      {
        self = .letters
      } else {
        self = .other
      }
    }
  }

  private mutating func end(_ run: [Unicode.Scalar], _ kind: Kind) {
    switch kind {
    case .letters: letters(run)
    case .digits:
      let number = SpokenNumber(run.filter { $0 != "," })
      add(number.least, number.most)
      if run.count > 1, run.last != "," { add(0, 1) }
    case .other: for scalar in run { sign(scalar) }
    }
  }

  private mutating func letters(_ run: [Unicode.Scalar]) {
    let capitals = run.count { $0.properties.isUppercase }
    if capitals == run.count, (2...5).contains(run.count) {
      // Capitals are spelled out, or read as a word.
      return add(Double(run.count), Double(run.count) * Self.name.most)
    }
    if run.count == 1, run != ["a"], run != ["A"], run != ["I"], run != ["i"] {
      return add(1, Self.name.most)
    }
    let hasVowel = run.contains { Self.vowels.contains($0) || $0.value >= 0x80 }
    if !hasVowel, run.count <= 4 {
      return add(Double(run.count), Double(run.count) * Self.name.most)
    }
    for scalar in run {
      let size = Self.size(scalar)
      add(size.least, size.most)
    }
  }

  private static let vowels = Set("aeiouyAEIOUY".unicodeScalars)

  /// A letter of a script that writes syllables or words with it is as long as these.
  private static func size(_ scalar: Unicode.Scalar) -> (least: Double, most: Double) {
    switch scalar.value {
    case 0x3040...0x30FF: (1.5, 2.5)  // kana
    case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF: (2, 4.5)  // Han
    case 0xAC00...0xD7AF: (2, 3.5)  // Hangul
    default: scalar.properties.generalCategory == .nonspacingMark ? (0, 1) : (1, 1)
    }
  }

  private mutating func sign(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "%": add(6, 8)
    case "$", "\u{20AC}", "\u{A3}", "\u{A5}": add(4, 16)
    case "&": add(2, 4)
    case "+", "=", "@", "#", "*", "/", "\\", "\u{B0}", "<", ">", "~", "^", "_", "|", "\u{D7}",
      "\u{F7}":
      add(0, 9)
    case "-", "\u{2212}", ":", ".": add(0, 6)
    default:
      if scalar.properties.isEmojiPresentation { add(0, 14) }
    }
  }
}
