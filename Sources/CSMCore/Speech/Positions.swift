/// Estimates of the space in CSM's context window, which context, text and speech share.
///
/// A second of audio takes 12.5 positions (frames of 80 ms); about 3.5 characters of text take one
/// (from the reference implementation's `generator.py`; the figure for text was measured on
/// English).
package enum Positions {
  /// The size of the context window.
  package static let all = 2048
  /// The most that context and text may take together: the reference implementation reserves the
  /// rest for 90 s of speech, and refuses longer prompts.
  package static let promptMax = 922

  /// The positions of a clip and its words.
  package static func clip(milliseconds: Int, characters: Int) -> Int {
    let frames = (min(max(milliseconds, 0), lengthMax) * 125 + 9_999) / 10_000
    return frames + 1 + turn(characters: characters)
  }

  /// The positions of a text.
  package static func turn(characters: Int) -> Int {
    (min(max(characters, 0), lengthMax) * 2 + 6) / 7 + 5
  }

  /// A limit in milliseconds or characters that prevents overflow; such lengths are too long
  /// anyway.
  private static let lengthMax = 86_400_000
}
