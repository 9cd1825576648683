import ArgumentParser

/// The order of the calls that make each step of a line durable before the next one begins.
///
/// A power cut does not show a missing sync of the folder as long as the database lies on the same file
/// system, whose journal is one: so it is looked for here.
struct CallOrder: Campaign {
  static let configuration = CommandConfiguration(
    commandName: "call-order",
    abstract: "What makes each step durable comes before the next step.")

  @OptionGroup var setting: Setting

  func tally() async throws -> Tally {
    try await setting.stand { theatre in
      let trials = (0..<(setting.short ? 2 : 20)).map { number in
        Trial(name: "night \(number)") { verdict in
          let stage = try theatre.stage("order-\(number)")
          // One line, so that no commit is about another one.
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

  /// What is out of order in the calls of a night with one line.
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

  /// The steps, each after the one before it.
  ///
  /// The life's token goes the same way as an intent and its mark: it comes first, or it would pass for them.
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
