import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import Foundation

/// Adds one file: reads, checks and stages line by line, then merges in one transaction.
struct FileAddition {
  let command: Add
  let file: String
  let workplace: Workplace
  /// What the files before it would add, where nothing is added.
  var rehearsal: Rehearsal?

  /// - Returns: the exit code.
  func run() throws -> Int32 {
    guard let format = command.reading.format(ofFile: file == "-" ? "" : file) else {
      let ending = (file as NSString).pathExtension
      throw Failure(
        "\(shownName): files of this kind hold no text that can be read: "
          + (ForeignFormat.advice(forEnding: ending) ?? "save it as UTF-8 text or CSV")
          + "; or say with --as what it is", exitCode: 64)
    }
    let descriptor = try open()
    defer { close(descriptor) }
    if command.prune, Self.isStream(file) {
      throw Failure(
        "\(shownName): --prune needs a file: a stream is never the same again", exitCode: 64)
    }
    let lines = InputLines(descriptor: descriptor, encoding: command.reading.encoding)
    var addition = Addition(
      batch: command.batch ?? defaultBatch, endpoint: workplace.settings.endpoint,
      priority: command.priority, sourceFile: Self.source(of: file), isDryRun: command.dryRun,
      isStrict: command.strict, isPruning: command.prune, budget: command.budget?.money,
      price: workplace.settings.rules.price)
    addition.replacedFiles = command.replaceFile.map(Self.source)
    addition.author = .current
    addition.mayLoseVoices = command.speaking.cast == SpeakingOptions.anybody
    addition.fileName = LineFileName.folded
    let files = try command.speaking.files()
    let (reading, summary, names) = try workplace.writing { table in
      var options = try command.speaking.composition(files, voices: table.voices())
      options.isDialogue = format.isDialogue
      var reading = FileReading(name: shownName, options: options)
      var takes = TakeCount(first: command.take, isDistinct: command.distinct)
      var names = LineFileName.Changes()
      var links = ChainLinks(
        length: command.speaking.chain, endpoint: workplace.settings.endpoint)
      let summary = try table.add(addition, at: Workplace.now()) { stage in
        try reading.read(command.reading.reader(of: lines, as: format)) { line in
          let new = newLine(line, &takes, &links)
          if let id = new.id { names.note(id) }
          rehearsal?.note(new, batch: addition.batch, file: file)
          try stage(new)
        }
        return reading.tally.rejected == 0 ? .whole : command.strict ? .unwanted : .partial
      }
      return (reading, summary, names)
    }
    try demandOwnLines(summary)
    try demandOwnLines(rehearsal)
    if summary.voiceless > 0 {
      throw Failure(
        "\(shownName): nothing was added, since \(Figures.count(summary.voiceless, "line")) of the batch "
          + "\(addition.batch) would lose the voice and be paid for again: say --voice or --cast as "
          + "before, or --cast auto to have strangers speak", exitCode: 65)
    }
    for conflict in summary.conflicting {
      reading.explain(
        conflict.other.map { other in
          Rejection(
            line: conflict.number, .id,
            "the file of \(conflict.id) would have the name of that of \(other): give it another id"
          )
        }
          ?? Rejection(
            line: conflict.number, .duplicate,
            "an earlier line has the id \(conflict.id), and other words"))
    }
    var tally = reading.tally
    tally.rejected += summary.conflicting.count
    if command.dryRun, !command.json { show(reading, summary) }
    try report(addition, summary, tally, columns: reading.columns, names)
    if tally.rejected > 0 { return command.strict ? 65 : 1 }
    return 0
  }

  private func newLine(
    _ line: SpokenLine, _ takes: inout TakeCount, _ links: inout ChainLinks
  ) -> NewLine {
    let take = takes.take(of: line) { request in
      Digest(of: request.identity(endpoint: workplace.settings.endpoint, take: 1))
    }
    let request = links.tied(line.request, scene: line.scene, take: take)
    let identity = request.identity(endpoint: workplace.settings.endpoint, take: take)
    return NewLine(
      request: request, key: Digest(of: identity), id: line.id.map { $0 + line.suffix },
      text: line.text, meta: line.meta, number: line.number, suffix: line.suffix, take: take,
      speaker: line.speaker, voice: line.voice, scene: line.scene, turn: line.turn)
  }

  private static let speakersShown = 12

  /// Shows how the file is understood, since a wrong guess costs money.
  private func show(_ reading: FileReading, _ summary: AdditionSummary) {
    if let columns = reading.columns { Console.print("columns: \(Printable.line(columns))") }
    let speakers = reading.speakers.prefix(Self.speakersShown).map { "\($0.part) (\($0.turns))" }
    if !speakers.isEmpty {
      let more = reading.speakers.count - speakers.count
      Console.print(
        "turns of " + Printable.line(speakers.joined(separator: ", "))
          + (more > 0 ? " and \(Figures.count(more)) more" : ""))
    }
    for line in reading.preview {
      let number = String(line.number)
      let zeros = String(repeating: "0", count: max(0, summary.lineWidth - number.count))
      let id = (line.id ?? "L\(zeros)\(number)") + line.suffix
      let who = [line.speaker, line.voice.map { "voice \($0)" }].compactMap(\.self)
      let speakers = Set(line.request.scene.map(\.speakerID)).sorted().map(String.init)
      let people =
        who.isEmpty ? "speaker \(speakers.joined(separator: ", "))" : who.joined(separator: ", ")
      let turns = line.request.scene.count > 1 ? ", \(line.request.scene.count) turns" : ""
      Console.print(
        "line \(line.number) → \(Printable.line(id)) (\(Printable.line(people))\(turns)): "
          + Printable.line(String(line.request.text.prefix(100))))
    }
  }

  private func open() throws -> Int32 {
    guard file != "-" else { return dup(STDIN_FILENO) }
    let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = FileError("read", file)
      throw Failure("\(error)", exitCode: error.isMissing ? 66 : error.isNotPermitted ? 77 : 74)
    }
    return descriptor
  }

  var shownName: String { file == "-" ? Addition.stream : file }

  /// A file's path from the root on, by which it is known again.
  static func source(of file: String) -> String {
    isStream(file) ? Addition.stream : URL(filePath: file).standardizedFileURL.path
  }

  /// Whether it is another text each time, whatever its name: standard input, a pipe, a terminal.
  private static func isStream(_ file: String) -> Bool {
    let path = URL(filePath: file).standardizedFileURL.path
    if file == "-" || path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return true }
    var status = stat()
    guard stat(file, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  var defaultBatch: String {
    guard !Self.isStream(file) else {
      return "stdin-" + Workplace.now().rfc3339.prefix(23).filter { $0 != ":" }
    }
    let name = (file as NSString).lastPathComponent
    let stem = (name as NSString).deletingPathExtension
    return String((stem.isEmpty ? name : stem).prefix(100))
  }
}
