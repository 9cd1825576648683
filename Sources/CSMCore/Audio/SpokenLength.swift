/// How much there is to be spoken in a text, in letters of what it is read as.
///
/// `749534` has six characters and is read as fifty-seven letters, or as six digits of some five letters
/// each: whoever reads it may choose. So there are two numbers, and a recording is too short only for the
/// lesser, and too long only for the greater.
package struct SpokenLength: Sendable, Equatable {
  package private(set) var least = 0.0
  package private(set) var most = 0.0

  package init(_ text: String) {
    // The pause that a word ends with; nobody waits for what comes after the last one.
    var pause = (least: 0.0, most: 0.0)
    for word in text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
      add(pause.least, pause.most)
      let spoken = SpokenWord(word)
      // A space counts, as it does where characters are counted.
      add(spoken.least + 1, spoken.most + 1)
      pause = Self.pause(after: word)
    }
  }

  private mutating func add(_ least: Double, _ most: Double) {
    self.least += least
    self.most += most
  }

  private static func pause(
    after word: Substring.UnicodeScalarView
  ) -> (least: Double, most: Double) {
    switch word.last(where: { !closing.contains($0) }) {
    case ",", ";", ":", "-", "\u{2013}", "\u{2014}", "\u{3001}", "\u{FF0C}": (4, 8)
    case ".", "!", "?", "\u{2026}", "\u{3002}", "\u{FF01}", "\u{FF1F}": (7, 15)
    default: (0, 0)
    }
  }

  private static let closing = Set("\"')]}\u{201D}\u{2019}\u{BB}".unicodeScalars)
}
