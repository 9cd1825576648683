import ArgumentParser
import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue pause`: stops submitting.
struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stop submitting until resume. What fal already has is still followed and stored.",
    discussion: """
      Example:
        csm-enqueue pause --reason 'waiting for better clips'
      """)

  @Option(help: "Why; status shows it.")
  var reason = "paused by a person"

  func run() throws {
    let isNew = try Workplace(note: Console.note).writing { table in
      try table.pause(reason: reason, at: Workplace.now())
    }
    Console.print(
      isNew ? "paused: nothing new is sent until csm-enqueue resume" : "already paused")
  }
}

/// `csm-enqueue resume`: opens every gate.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open every gate and submit again. A gate closes again if its cause remains.",
    discussion: """
      Example:
        csm-enqueue resume
      """)

  func run() throws {
    let opened = try Workplace(note: Console.note).writing { table in
      try table.resume(at: Workplace.now())
    }
    let names = opened.map(\.name.rawValue).joined(separator: ", ")
    Console.print(opened.isEmpty ? "no gate was closed" : "opened: \(names)")
  }
}
