import CSMCore

/// Sets of states as SQL names them, from what `JobState.Name` says of each: a new state is told of there
/// alone.
enum States {
  static let active = list(\.isActive)
  static let ended = list(\.isEnded)
  static let settled = list(\.isSettled)
  /// What has not ended.
  static let open = list { !$0.isEnded }
  /// Those in which a request is at fal, or may be.
  static let out = list(\.isOut)

  private static func list(_ belongs: (JobState.Name) -> Bool) -> String {
    let names = JobState.Name.allCases.filter(belongs).map { "'\($0.rawValue)'" }
    return "(\(names.joined(separator: ", ")))"
  }
}
