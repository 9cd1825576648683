/// The room in CSM's memory: positions that context, text and speech share, by estimate.
///
/// A second of sound takes 12.5 of them (frames of 80 ms), and about 3.5 characters take one (the
/// reference implementation's `generator.py`; the figure for text is measured on English).
package enum Positions {
  /// All that there are.
  package static let all = 2048
  /// Context and text together, at most: the reference implementation sets the rest aside for 90 s of
  /// speech, and refuses what is longer.
  package static let promptMax = 922

  /// The room that a clip takes with its words.
  package static func clip(milliseconds: Int, characters: Int) -> Int {
    let frames = (min(max(milliseconds, 0), lengthMax) * 125 + 9_999) / 10_000
    return frames + 1 + turn(characters: characters)
  }

  /// The room that a text takes.
  package static func turn(characters: Int) -> Int {
    (min(max(characters, 0), lengthMax) * 2 + 6) / 7 + 5
  }

  /// What is longer than a day, or than this many characters, is no less too long.
  private static let lengthMax = 86_400_000
}
