/// The length of a text when spoken, in letters of the words it is read as.
///
/// `749534` has six characters, but is read as fifty-seven letters or as six digits of about five
/// letters each. Hence two numbers: a recording is too short only relative to `least`, and too long
/// only relative to `most`.
package struct SpokenLength: Sendable, Equatable {
  package private(set) var least = 0.0
  package private(set) var most = 0.0

  package init(_ text: String) {
    // The pause after a word; the one after the last word does not count.
    var pause = (least: 0.0, most: 0.0)
    for word in text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
      add(pause.least, pause.most)
      let spoken = SpokenWord(word)
      // The space counts as one.
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
