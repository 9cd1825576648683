import ArgumentParser

/// Checks the order of the system calls that make each step of a line durable before the next step.
///
/// Power cuts do not reveal a missing sync of the folder while the database is on the same file system,
/// which has one journal. This campaign does.
struct CallOrder: Campaign {
  static let configuration = CommandConfiguration(
    commandName: "call-order",
    abstract: "Checks that each step is durable before the next one begins.")

  @OptionGroup var setting: Setting

  func tally() async throws -> Tally {
    try await setting.stand { theatre in
      let trials = (0..<(setting.short ? 2 : 20)).map { number in
        Trial(name: "night \(number)") { verdict in
          let stage = try theatre.stage("order-\(number)")
          // One line, so that every commit is about this line.
          let trial = StruckTrial(subject: .night, faults: Faults(at: 0), lines: 1)
          let (ending, calls, _) = try await trial.strike(stage)
          guard ending.status == .exit(0) else { throw Unfit("\(ending)") }
          verdict.count("calls", calls.count)
          verdict.complaints += Self.complaints(about: calls)
        }
      }
      return await Tally.of(trials, width: setting.width)
    }
  }

  /// The first step that is missing or out of order in a night with one line.
  private static func complaints(about calls: [SystemCall]) -> [String] {
    var rest = calls[...]
    for step in steps {
      guard let index = rest.firstIndex(where: step.fits) else {
        return ["not in its place: \(step.name)"]
      }
      rest = rest[(index + 1)...]
    }
    return []
  }

  private struct Step: Sendable {
    let name: String
    let fits: @Sendable (SystemCall) -> Bool

    init(_ name: String, _ call: String, of part: String) {
      self.name = name
      fits = { $0.name == call && $0.path.contains(part) }
    }
  }

  /// The steps, in order.
  ///
  /// The token of the daemon's life makes the same calls as an intent and its mark. It is listed first, or
  /// its calls would pass for theirs.
  private static let steps = [
    Step("the file for the life's marks", "create", of: ".sent"),
    Step("the commit of the life's token", "fdatasync", of: "/csm.db-wal"),
    Step("the commit of the intent", "fdatasync", of: "/csm.db-wal"),
    Step("the mark before the POST", "write", of: ".sent"),
    Step("the POST", "send", of: "-"),
    Step("the commit of the request id", "fdatasync", of: "/csm.db-wal"),
    Step("the commit of the result", "fdatasync", of: "/csm.db-wal"),
    Step("the temporary file", "create", of: "/tmp/1-"),
    Step("the bytes", "write", of: "/tmp/1-"),
    Step("the sync of the bytes", "fsync", of: "/tmp/1-"),
    Step("the rename", "rename", of: "/objects/"),
    Step("the sync of the folder", "fsync", of: "/objects/"),
    Step("the commit of STORED", "fdatasync", of: "/csm.db-wal"),
  ]
}
