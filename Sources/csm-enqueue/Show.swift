import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite

/// `csm-enqueue show`: one line with its history.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a line, its job, and all that happened to it.")

  @Argument(help: ArgumentHelp("A job's id, a line's id, or BATCH:LINE.", valueName: "id"))
  var id: String

  @Flag(help: "As JSON: the line, then an object for each step of its history.")
  var json = false

  func run() throws {
    let workplace = try Workplace()
    var selection = Selection()
    selection.ids = [id]
    try workplace.reading { table in
      var lines: [LineRow] = []
      try table.lines(selection, newestFirst: false, limit: nil) { lines.append($0) }
      guard let first = lines.first else { throw Failure("no line matches \(id)", exitCode: 1) }
      guard Set(lines.map(\.id)).count == 1 else {
        throw Failure(
          "\(id) is a line of several batches: name one as BATCH:LINE, such as "
            + "\(first.batch):\(first.line)", exitCode: 64)
      }
      let store = AudioStore(root: workplace.state.path)
      let path = first.digest.map(store.path(of:))
      let history = try table.history(of: first.id)
      if json {
        try Console.print(json: LineJSON(line: first, path: path))
        for step in history { try Console.print(json: StepJSON(step: step)) }
      } else {
        Self.print(lines, path, history)
      }
    }
  }

  private static func print(_ lines: [LineRow], _ path: String?, _ history: [JobTable.Step]) {
    guard let line = lines.first else { return }
    var facts: [(String, String?)] = [
      ("job", String(line.id)),
      ("lines", lines.map { "\($0.batch):\($0.line)" }.joined(separator: ", ")),
      ("state", line.state.rawValue), ("text", line.text),
    ]
    if line.sent != line.text { facts.append(("sent", line.sent)) }
    facts += [
      ("from", "\(line.sourceFile), line \(line.sourceLine)"),
      ("request", line.requestID), ("error", line.errorClass.map { "\($0): \(line.error ?? "")" }),
      ("take", String(line.take)),
      ("submits", "\(line.submits) sent, \(line.attempts) accepted since it was queued or retried"),
      ("cost", line.cost.map { "$\($0.dollars) for \(line.characters) characters" }),
      ("audio", path),
      ("length", line.durationMilliseconds.map(Figures.seconds(milliseconds:))),
      ("checks", line.shownChecks.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") }),
      ("bytes", line.bytes.map(Figures.count)), ("meta", line.meta),
      ("added", line.createdAt.rfc3339 + (line.author.map { " by \($0.name)" } ?? "")),
      ("ended", line.finishedAt?.rfc3339),
    ]
    for case (let name, let value?) in facts {
      let label = name + String(repeating: " ", count: 8 - name.count)
      Console.print("\(label) \(Printable.line(value))")
    }
    for step in history {
      let why = step.errorClass.map { "  \($0): \(step.error ?? "")" } ?? ""
      Console.print(
        Printable.line("\(step.at.rfc3339)  \(step.from) → \(step.to)  \(step.cause)\(why)"))
    }
  }

  private struct StepJSON: Encodable {
    let step: JobTable.Step

    enum CodingKeys: String, CodingKey {
      case at, from, to, cause, error
      case requestID = "request_id"
      case errorClass = "error_class"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(step.at.rfc3339, forKey: .at)
      try values.encode(step.from, forKey: .from)
      try values.encode(step.to, forKey: .to)
      try values.encode(step.cause, forKey: .cause)
      try values.encode(step.requestID, forKey: .requestID)
      try values.encode(step.errorClass, forKey: .errorClass)
      try values.encode(step.error, forKey: .error)
    }
  }
}
