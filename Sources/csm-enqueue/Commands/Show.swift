import ArgumentParser
import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue show`: one line with its history.
struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a line, its job, and everything that happened to it.",
    discussion: """
      Times are local; with --json they are in UTC.

      Examples:
        csm-enqueue show night1:L0007
        csm-enqueue show --job 4711 --json
      """)

  @Argument(
    help: ArgumentHelp(
      "A line, such as L0007 or night1:L0007. A number that is not the id of a line is the number of a job.",
      valueName: "id"),
    completion: .custom(Completions.lines))
  var id: String?

  @Option(help: ArgumentHelp("The job with this number.", valueName: "number"))
  var job: Int64?

  @OptionGroup var color: ColorOptions

  @Flag(help: "Print JSON: the line, then one object per step of its history.")
  var json = false

  func validate() throws {
    guard (id == nil) != (job == nil) else {
      throw ValidationError("name one line by its id, or one job with --job")
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
        throw Ambiguity(id: id, example: first.name)
      }
      let store = AudioStore(root: workplace.state.path)
      let path = first.digest.map(store.path(of:))
      let history = try table.history(of: first.id)
      let takes = first.takes > 1 ? try table.takes(of: first) : []
      if json {
        try Console.print(json: first.json(path: path))
        for step in history { try Console.print(json: step.json) }
      } else {
        self.print(lines, path, takes, history)
      }
    }
  }

  private func print(
    _ lines: [LineRow], _ path: String?, _ takes: [LineRow], _ history: [JobTable.Step]
  ) {
    guard let line = lines.first else { return }
    let facts = LineFacts(lines: lines, path: path, now: Workplace.now()).all
    Console.print(facts: facts, color.ink)
    for take in takes where take.id != line.id {
      let length = take.durationMilliseconds.map(Figures.seconds(milliseconds:))
      let facts = [take.state.rawValue, length, take.cost.map { "$\($0.dollars)" }]
        .compactMap(\.self).joined(separator: ", ")
      Console.print(facts: [("take \(take.take)", "\(facts): job \(take.id)")], color.ink)
    }
    for step in history {
      let why = step.errorClass.map { "  \($0): \(step.error ?? "")" } ?? ""
      Console.print(
        sentence: "\(step.at.local)  \(step.from) → \(step.to)  \(step.cause)\(why)", color.ink,
        indent: 4)
    }
  }
}
