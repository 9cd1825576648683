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

  /// - Returns: the exit code.
  func run() throws -> Int32 {
    let format = try format()
    let descriptor = try open()
    defer { close(descriptor) }
    var tally = Tally()
    var addition = Addition(
      batch: command.batch ?? defaultBatch, endpoint: workplace.settings.endpoint,
      priority: command.priority, sourceFile: source, isDryRun: command.dryRun,
      isStrict: command.strict, isPruning: command.prune, budget: command.budget?.money,
      price: workplace.settings.rules.price)
    addition.author = .current
    let summary = try workplace.writing { table in
      try table.add(addition, at: Workplace.now()) { stage in
        try read(descriptor, format, &tally, stage)
        return tally.rejected == 0 ? .whole : command.strict ? .unwanted : .partial
      }
    }
    if let other = summary.otherSource {
      throw Failure(
        "\(shownName): nothing was added, since the batch \(addition.batch) has other words under the "
          + "line numbers of \(other): name another batch with --batch, or give the lines ids",
        exitCode: 65)
    }
    for conflict in summary.conflicting {
      reject(
        conflict.number, Rejection("an earlier line has the id \(conflict.id), and other words"))
    }
    tally.rejected += summary.conflicting.count
    try report(addition, summary, tally)
    if tally.rejected > 0 { return command.strict ? 65 : 1 }
    return 0
  }

  /// What came out of the file before the table saw it.
  struct Tally {
    var read = 0
    var blank = 0
    var rejected = 0
  }

  private func read(
    _ descriptor: Int32, _ format: InputFormat, _ tally: inout Tally,
    _ stage: (NewLine) throws -> Void
  ) throws {
    var lines = InputLines(descriptor: descriptor)
    while let line = try next(&lines) {
      tally.read += 1
      switch Result(catching: { () throws(Rejection) in
        try format.read(line, speaker: command.speaker)
      }) {
      case .success(nil): tally.blank += 1
      case .success(let spoken?): try keep(spoken, line.number, stage)
      case .failure(let rejection):
        tally.rejected += 1
        reject(line.number, rejection)
      }
    }
  }

  private func reject(_ number: Int, _ rejection: Rejection) {
    Console.note("\(shownName):\(number):\(rejection.column): \(Printable.line(rejection.reason))")
  }

  private func keep(
    _ spoken: SpokenLine, _ number: Int, _ stage: (NewLine) throws -> Void
  ) throws {
    let identity = spoken.request.identity(
      endpoint: workplace.settings.endpoint, take: command.take)
    try stage(
      NewLine(
        request: spoken.request, key: Digest(of: identity), id: spoken.id, text: spoken.text,
        meta: spoken.meta, number: number, take: command.take))
  }

  private func next(_ lines: inout InputLines) throws -> InputLines.Line? {
    do throws(InputLines.ReadError) {
      return try lines.next()
    } catch {
      throw FileError("read", shownName, code: error.code)
    }
  }

  private func format() throws -> InputFormat {
    if let format = command.as { return format }
    guard let format = InputFormat(fileName: file == "-" ? "" : file) else {
      throw Failure(
        "\(shownName): files of this kind cannot be read yet; --as lines takes each line as a text",
        exitCode: 64)
    }
    return format
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

  private var shownName: String { file == "-" ? Addition.stream : file }

  /// The file's path from the root on, by which it is known again.
  private var source: String {
    file == "-" ? Addition.stream : URL(filePath: file).standardizedFileURL.path
  }

  private var defaultBatch: String {
    guard file != "-" else {
      return "stdin-" + Workplace.now().rfc3339.prefix(23).filter { $0 != ":" }
    }
    let name = (file as NSString).lastPathComponent
    let stem = (name as NSString).deletingPathExtension
    return String((stem.isEmpty ? name : stem).prefix(100))
  }
}
