import CSMCore

/// Makes ids of cues from their numbers.
///
/// When the numbers start again, because files were concatenated, each part after the first adds its own
/// number as a prefix: `2-1`, `2-2`.
struct CueNumbers {
  private var last = -1
  private var part = 1
  /// Whether the last cue had a written number.
  var areWritten: Bool

  init(areWritten: Bool) {
    self.areWritten = areWritten
  }

  /// The next cue's id.
  ///
  /// - Parameter written: the line above its times; nil if there is none.
  mutating func id(_ written: String?) -> (id: String, startsAgain: Bool) {
    let counted = max(last, 0) + 1
    guard let written else {
      last = counted
      areWritten = false
      return (inPart("\(counted)"), false)
    }
    guard let number = Int(digits: written) else {
      last = counted
      return (written, false)
    }
    let startsAgain = number <= last
    if startsAgain { part += 1 }
    last = number
    areWritten = true
    return (inPart(written), startsAgain)
  }

  private func inPart(_ number: String) -> String { part == 1 ? number : "\(part)-\(number)" }
}
