/// Something about a recording that a person should listen to.
///
/// The limits are those that bulk speakers of long texts arrived at; they are judged when they are
/// asked for, from figures that are kept, so that other limits need no other recording.
package enum AudioCheck: String, Sendable, CaseIterable {
  case silent
  case tooShort = "too-short"
  case tooLong = "too-long"
  case gap, tail, clip
  /// Other words have the very same bytes.
  case duplicate = "dup-audio"

  /// What is remarkable about a recording of so many characters, in so many turns.
  package static func of(
    _ measure: AudioMeasure?, milliseconds: Int?, text: String, turns: Int, isDuplicate: Bool
  ) -> [AudioCheck] {
    var checks: [AudioCheck] = []
    if let measure, measure.level <= 0.003 { checks.append(.silent) }
    if let milliseconds { checks += lengths(Double(milliseconds) / 1000, text) }
    if let measure {
      if measure.pauseMilliseconds > (turns > 1 ? 2500 : 1500) { checks.append(.gap) }
      if measure.tailMilliseconds > 1000, !checks.contains(.silent) { checks.append(.tail) }
      if measure.clipped > 0.001 { checks.append(.clip) }
    }
    if isDuplicate { checks.append(.duplicate) }
    return checks
  }

  private static func lengths(_ seconds: Double, _ text: String) -> [AudioCheck] {
    let characters = text.unicodeScalars.count
    let words = text.split { $0.isWhitespace }.count
    // CSM speaks about fourteen characters a second.
    let expected = 0.4 + Double(characters) / 14
    if seconds < 0.4 * expected, characters >= 12 { return [.tooShort] }
    if seconds > max(2.5 * expected, 1.5 + 0.75 * Double(words)), seconds >= 3 { return [.tooLong] }
    return []
  }
}
