import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue show`: one line with its history.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a line, its job, and all that happened to it.")

  @Argument(
    help: ArgumentHelp(
      "A line's id, or BATCH:LINE. A number that is no line's id is a job's.", valueName: "id"))
  var id: String?

  @Option(help: ArgumentHelp("The job of this number.", valueName: "number"))
  var job: Int64?

  @Flag(help: "As JSON: the line, then an object for each step of its history.")
  var json = false

  func validate() throws {
    guard (id == nil) != (job == nil) else {
      throw ValidationError("name one line by its id, or one job by --job")
    }
  }

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    var selection = Selection()
    if let id { selection.ids = [id] }
    if let job { selection.jobs = [job] }
    let id = id ?? job.map { "--job \($0)" } ?? ""
    try workplace.reading { table in
      var lines: [LineRow] = []
      try table.lines(selection, in: .added, limit: nil) { lines.append($0) }
      guard let first = lines.first else {
        let unknown = try table.unknownIDs(in: selection).first
        throw Failure(unknown?.sentence ?? "no line matches \(id)", .incomplete)
      }
      guard Set(lines.map(\.id)).count == 1 else {
        throw Ambiguity(id: id, example: .init(batch: first.batch, line: first.line))
      }
      let store = AudioStore(root: workplace.state.path)
      let path = first.digest.map(store.path(of:))
      let history = try table.history(of: first.id)
      let takes = first.takes > 1 ? try table.takes(of: first) : []
      if json {
        try Console.print(json: first.json(path: path))
        for step in history { try Console.print(json: step.json) }
      } else {
        Self.print(lines, path, takes, history)
      }
    }
  }

  private static func print(
    _ lines: [LineRow], _ path: String?, _ takes: [LineRow], _ history: [JobTable.Step]
  ) {
    guard let line = lines.first else { return }
    var facts: [(String, String?)] = [
      ("job", String(line.id)),
      ("lines", lines.map(Self.name).joined(separator: ", ")),
      ("state", line.state.rawValue), ("text", line.text),
    ]
    if line.sent != line.text { facts.append(("sent", line.sent)) }
    facts += [
      ("voice", line.voice), ("speaker", line.speaker),
      ("scene", line.scene.map { scene in "\(scene)\(line.turn.map { ", turn \($0)" } ?? "")" }),
      ("waits", line.waitsFor.map { _ in line.why }),
      ("from", "\(line.sourceFile), line \(line.sourceLine)"),
      ("request", line.requestID), ("error", line.errorClass.map { "\($0): \(line.error ?? "")" }),
      ("take", String(line.take) + (line.takes > 1 ? ", of \(line.takes)" : "")),
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
    for take in takes where take.id != line.id {
      let length = take.durationMilliseconds.map(Figures.seconds(milliseconds:))
      let facts = [take.state.rawValue, length, take.cost.map { "$\($0.dollars)" }]
      Console.print(
        "take \(take.take)   \(facts.compactMap(\.self).joined(separator: ", ")): job \(take.id)")
    }
    for step in history {
      let why = step.errorClass.map { "  \($0): \(step.error ?? "")" } ?? ""
      Console.print(
        Printable.line("\(step.at.rfc3339)  \(step.from) → \(step.to)  \(step.cause)\(why)"))
    }
  }

  private static func name(_ line: LineRow) -> String {
    "\(line.batch):\(line.line)" + (line.former.map { " (\($0.rawValue))" } ?? "")
  }
}
