/// The ids of cues: their numbers.
///
/// Where those begin again, since several files stand in one, each part after the first has its own number
/// before them: `2-1`, `2-2`.
struct CueNumbers {
  private var last = -1
  private var part = 1
  /// Whether the last cue had a number of its own.
  var areWritten: Bool

  init(areWritten: Bool) {
    self.areWritten = areWritten
  }

  /// The next cue's id.
  ///
  /// - Parameter written: what stands above its times; nil where nothing does.
  mutating func id(_ written: String?) -> (id: String, beginsAgain: Bool) {
    let counted = max(last, 0) + 1
    guard let written else {
      last = counted
      areWritten = false
      return (inPart("\(counted)"), false)
    }
    guard let number = Self.number(written) else {
      last = counted
      return (written, false)
    }
    let beginsAgain = number <= last
    if beginsAgain { part += 1 }
    last = number
    areWritten = true
    return (inPart(written), beginsAgain)
  }

  private func inPart(_ number: String) -> String { part == 1 ? number : "\(part)-\(number)" }

  /// The number that a row is; nil for one of words.
  static func number(_ row: String) -> Int? {
    row.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(row) : nil
  }
}
