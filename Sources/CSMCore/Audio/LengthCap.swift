/// Finds the length at which a model cuts off: texts of different lengths give recordings of the
/// same length.
package enum LengthCap {
  /// Recordings of exactly the same length.
  package struct Group: Sendable {
    let milliseconds: Int
    let recordings: Int
    /// The range of the lengths of their texts.
    let characters: ClosedRange<Int>

    package init(milliseconds: Int, recordings: Int, characters: ClosedRange<Int>) {
      self.milliseconds = milliseconds
      self.recordings = recordings
      self.characters = characters
    }
  }

  /// Audio comes in frames of 80 ms, so equal lengths occur by chance; four equal longest ones do
  /// not.
  private static let recordingsMin = 4
  /// The same where longer recordings exist, which may be other scenes.
  private static let recordingsAmongMin = 6
  /// Texts of similar lengths may well take the same time; these must differ by a third.
  private static let textRatio = 1.3
  private static let shortest = 1000
  /// Milliseconds to each side: five frames.
  private static let neighbourhood = 400

  /// The length in milliseconds at which the recordings were cut off; nil if there is none.
  ///
  /// - Parameter groups: sorted from the shortest to the longest.
  package static func find(_ groups: [Group]) -> Int? {
    for (index, group) in groups.enumerated().reversed() where isUnlikely(group) {
      let isLongest = index == groups.count - 1
      let near = neighbours(of: index, in: groups)
      let limit =
        isLongest
        ? max(recordingsMin, near) : max(recordingsAmongMin, recordingsAmongMin + near / 4)
      if group.recordings >= limit { return group.milliseconds }
    }
    return nil
  }

  private static func isUnlikely(_ group: Group) -> Bool {
    group.recordings >= recordingsMin && group.milliseconds >= shortest
      && Double(group.characters.upperBound) >= textRatio
        * Double(max(1, group.characters.lowerBound))
  }

  /// The number of recordings of nearly the same length.
  private static func neighbours(of index: Int, in groups: [Group]) -> Int {
    let length = groups[index].milliseconds
    func isNear(_ group: Group) -> Bool { abs(group.milliseconds - length) <= neighbourhood }
    return groups[..<index].reversed().prefix(while: isNear).reduce(0) { $0 + $1.recordings }
      + groups[(index + 1)...].prefix(while: isNear).reduce(0) { $0 + $1.recordings }
  }
}
