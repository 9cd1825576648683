import CSMCore

/// Sets of states as SQL lists, derived from `JobState.Name`; a new state need only be described there.
enum States {
  static let active = list(\.isActive)
  static let ended = list(\.isEnded)
  static let settled = list(\.isSettled)
  /// States that have not ended.
  static let open = list { !$0.isEnded }
  /// States in which a request is at fal, or may be.
  static let out = list(\.isOut)

  private static func list(_ belongs: (JobState.Name) -> Bool) -> String {
    let names = JobState.Name.allCases.filter(belongs).map { "'\($0.rawValue)'" }
    return "(\(names.joined(separator: ", ")))"
  }
}

extension JobState.Name {
  /// The state of a job; an invalid one reads as HELD, which csmd makes it at its next start.
  init(column: String) { self = Self(rawValue: column) ?? .held }
}
