import ArgumentParser
import CSMCore
import CSMFiles
import CSMInput
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue voice list`: all voices.
struct VoiceList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the voices.",
    discussion: """
      Example:
        csm-enqueue voice list
      """)

  @Flag(help: "Print JSON, one object per voice.")
  var json = false

  private static let columns: [Table.Column] = [
    Table.Column(heading: "NAME"), Table.Column(heading: "LENGTH", isRight: true),
    Table.Column(heading: "POSITIONS", isRight: true), Table.Column(heading: "UPLOADED"),
    Table.Column(heading: "CONSENT", isFlexible: true),
    Table.Column(heading: "WORDS", isFlexible: true),
  ]

  func run() throws {
    let rows = try Workplace(note: Console.note).reading { try $0.voiceRows(at: Workplace.now()) }
    guard !rows.isEmpty else {
      Console.note("no voices: csm-enqueue voice add NAME CLIP --text \"the words of the clip\"")
      throw ExitCode(ExitStatus.incomplete)
    }
    if json {
      for row in rows { try Console.print(json: row.json()) }
      return
    }
    var table = Table(Self.columns)
    for row in rows { table.append(Self.cells(row)) }
    let lines = Console.isTerminal ? table.lines(width: Console.width) : table.plain()
    lines.forEach(Console.print)
  }

  private static func cells(_ row: VoiceRow) -> [String] {
    [
      row.voice.name, row.milliseconds.map(Figures.seconds(milliseconds:)) ?? "-",
      String(row.positions), row.uploadState,
      row.voice.consent ?? "-", row.voice.transcript,
    ]
  }
}

/// `csm-enqueue voice show`: one voice.
struct VoiceShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show everything about a voice.",
    discussion: """
      Example:
        csm-enqueue voice show anna
      """)

  @Argument(help: "The voice's name.", completion: .custom(Completions.voices))
  var name: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let workplace = try Workplace(note: Console.note)
    let rows = try workplace.reading { try $0.voiceRows(at: Workplace.now()) }
    let name = SpokenText.composed(name)
    guard let row = rows.first(where: { $0.voice.isNamed(name) }) else {
      throw VoiceRow.missing(name, among: rows)
    }
    if json { return try Console.print(json: row.json()) }
    let facts: [(String, String?)] = [
      ("voice", row.voice.name), ("words", row.voice.transcript),
      ("length", row.milliseconds.map(Figures.seconds(milliseconds:))),
      (
        "uses",
        "\(row.positions) of \(Positions.all) positions"
      ),
      ("consent", row.voice.consent ?? "no note"),
      ("clip", AudioStore(root: workplace.state.path).path(of: row.voice.clip)),
      ("upload", row.uploadState), ("added", row.createdAt.local(at: Workplace.now())),
    ]
    for case (let name, let value?) in facts {
      let label = name + String(repeating: " ", count: 8 - name.count)
      Console.print("\(label) \(Printable.line(value))")
    }
  }
}

extension VoiceRow {
  /// The error for a name without a voice.
  static func missing(_ name: String, among rows: [VoiceRow]) -> Failure {
    let names = rows.map(\.voice.name)
    let nearest = Spelling.nearest(to: name, among: names).map { ": did you mean \($0)?" }
    let all = names.isEmpty ? ": there are none" : "; there are \(names.joined(separator: ", "))"
    return Failure("there is no voice \(name)\(nearest ?? all)", .incomplete)
  }
}
