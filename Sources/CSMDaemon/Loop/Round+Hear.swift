import CSMCore
import CSMSQLite

extension Round {
  /// Judges a part of a batch whose audio has all come; between rounds, other work goes on.
  mutating func hearAgain(at now: Timestamp) throws {
    guard try mustHear(), var current = hearing else { return }
    let hasAdded = try table.hear(&current, at: now)
    hearing = current.isOver ? nil : current
    if hasAdded { try look(at: now) }
    if current.isOver {
      isUnsettled = true
      endedJobs = nil
    }
  }

  /// Whether a batch is to be heard again.
  mutating func mustHear() throws -> Bool {
    if hearing == nil, endedJobs?.isEmpty != true {
      hearing = try table.secondHearing(of: endedJobs)
      endedJobs = []
    }
    return hearing != nil
  }
}
