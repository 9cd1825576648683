/// The length at which a model cuts off whatever it says: texts of many lengths come to one and the same.
package enum LengthCap {
  /// Recordings of one length.
  package struct Group: Sendable {
    let milliseconds: Int
    let recordings: Int
    /// How long the texts are that were spoken.
    let characters: ClosedRange<Int>

    package init(milliseconds: Int, recordings: Int, characters: ClosedRange<Int>) {
      self.milliseconds = milliseconds
      self.recordings = recordings
      self.characters = characters
    }
  }

  /// Frames of 80 ms make equal lengths now and then; four of the longest are no chance.
  private static let recordingsMin = 4
  /// And so many where others are longer, which may be other scenes.
  private static let recordingsAmongMin = 6
  /// Texts of one length may well take one time; these differ by a third.
  private static let textRatio = 1.3
  private static let shortest = 1000
  /// Five frames to each side.
  private static let neighbourhood = 400

  /// The length at which the recordings were cut off; nil for none.
  ///
  /// - Parameter groups: from the shortest to the longest.
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

  /// How many recordings are about as long.
  private static func neighbours(of index: Int, in groups: [Group]) -> Int {
    let length = groups[index].milliseconds
    func isNear(_ group: Group) -> Bool { abs(group.milliseconds - length) <= neighbourhood }
    return groups[..<index].reversed().prefix(while: isNear).reduce(0) { $0 + $1.recordings }
      + groups[(index + 1)...].prefix(while: isNear).reduce(0) { $0 + $1.recordings }
  }
}
