import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import CSMWorkplace
import Foundation

/// Adds one file: reads, checks and stages line by line, then merges in one transaction.
package struct FileAddition {
  private let file: String
  let options: Options
  let workplace: Workplace
  /// In a dry run, what the previous files would add.
  private let conflicts: DryRunConflicts?
  private let note: (String) -> Void
  private let progress: (Phase) -> Void

  package enum Phase {
    /// This many lines were read; none is in the table yet.
    case reading(Int)
    /// This many lines are being written in one transaction.
    case writing(Int)
  }

  /// - Parameters:
  ///   - file: a path; `-` for standard input.
  ///   - conflicts: in a dry run of several files, what the previous ones would add.
  ///   - note: receives warnings and reasons for rejections.
  package init(
    of file: String, _ options: Options, in workplace: Workplace, conflicts: DryRunConflicts? = nil,
    note: @escaping (String) -> Void, progress: @escaping (Phase) -> Void = { _ in }
  ) {
    self.file = file
    self.options = options
    self.workplace = workplace
    self.conflicts = conflicts
    self.note = note
    self.progress = progress
  }

  /// - Returns: once the lines are durable.
  /// - Throws: `NeedsConsent` or `Failure`; nothing was added then.
  package func run() throws -> AdditionReport {
    let format = try format()
    let descriptor = try open()
    defer { close(descriptor) }
    if options.isPruning, Self.isStream(file) {
      throw Failure(
        "\(shownName): --prune needs a file, since a stream cannot be read again", .usage)
    }
    var addition = addition
    let lines = InputLines(descriptor: descriptor, encoding: options.reading.encoding)
    let (reading, summary, names) = try add(lines, as: format, addition)
    if !summary.batch.isEmpty { addition.batch = summary.batch }
    try requireOwnLines(summary)
    try requireOwnLines(conflicts)
    try requireVoices(summary)
    if let consent = summary.needsConsent {
      throw NeedsConsent(
        file: shownName, consent: consent, cost: summary.cost, rerollsMax: summary.rerollsMax)
    }
    for conflict in summary.conflicting { reading.explain(Self.rejection(conflict)) }
    var counts = reading.counts
    counts.rejected += summary.conflicting.reduce(0) { $0 + $1.lines }
    return AdditionReport(
      addition: addition, summary: summary, counts: counts, reading: reading, names: names,
      outlook: summary.queued > 0 && !options.isDryRun
        ? try SendingOutlook(of: summary.batch, in: workplace) : nil)
  }

  private func format() throws -> InputFormat {
    if let format = options.reading.format(ofFile: file == "-" ? "" : file) { return format }
    let ending = (file as NSString).pathExtension
    throw Failure(
      "\(shownName): files of this kind cannot be read: "
        + (ForeignFormat.advice(forEnding: ending) ?? "save it as UTF-8 text or CSV")
        + "; or name its format with --as", .usage)
  }

  /// Stages the lines while they are read, and merges them in one transaction.
  private func add(
    _ lines: InputLines, as format: InputFormat, _ addition: Addition
  ) throws -> (FileReading, AdditionSummary, LineFileName.Changes) {
    let files = try options.speaking.files()
    return try workplace.writing { table in
      var composition = try options.speaking.composition(files, voices: table.voices())
      composition.isDialogue = format.isDialogue
      var reading = FileReading(name: shownName, options: composition, note: note)
      var takes = TakeCount(first: options.take, isDistinct: options.isDistinct)
      var names = LineFileName.Changes()
      var links = ChainLinks(
        length: options.speaking.composing.chain, endpoint: workplace.settings.endpoint)
      var count = 0
      let summary = try table.add(addition, at: Workplace.now()) { stage in
        try reading.read(options.reading.reader(of: lines, as: format)) { line in
          let new = newLine(line, &takes, &links)
          if let id = new.id { names.note(id) }
          conflicts?.note(new, batch: addition.batch, file: file)
          try stage(new)
          count += 1
          if count.isMultiple(of: 64) { progress(.reading(count)) }
        }
        progress(.writing(count))
        guard reading.counts.rejected > 0 else { return .whole }
        return options.isStrict ? .unwanted : .partial(ids: reading.rejectedIDs)
      }
      return (reading, summary, names)
    }
  }

  private static func rejection(_ conflict: AdditionSummary.Conflict) -> Rejection {
    guard let other = conflict.other else {
      return Rejection(
        line: conflict.number, .duplicate,
        "another line of the file also has the id \(conflict.id), but other words: none of them is added "
          + "until each has its own id")
    }
    return Rejection(
      line: conflict.number, .id,
      "the audio files of \(conflict.id) and \(other) would have the same name: use another id")
  }

  private var addition: Addition {
    var addition = Addition(
      batch: batch, endpoint: workplace.settings.endpoint, priority: options.priority,
      sourceFile: options.origin ?? Self.source(of: file), isDryRun: options.isDryRun,
      isStrict: options.isStrict,
      isPruning: options.isPruning, budget: options.budget, price: workplace.settings.rules.price)
    addition.replacedFiles = options.replacedFiles.map(Self.source)
    addition.author = .current
    addition.isBatchNew = options.batch == nil && Self.isStream(file)
    addition.costMax = options.costMax
    addition.rerolls = options.rerolls
    addition.newRerolls = workplace.settings.rerolls
    if !options.speaking.isCastAutomatic { addition.voicelessMax = options.voicelessMax }
    addition.mayLoseVoices = options.speaking.isCastAutomatic
    addition.fileName = LineFileName.folded
    return addition
  }

  private func newLine(
    _ line: SpokenLine, _ takes: inout TakeCount, _ links: inout ChainLinks
  ) -> NewLine {
    let take = takes.take(of: line) { request in
      request.key(endpoint: workplace.settings.endpoint, take: 1)
    }
    let request = links.linked(line, take: take)
    let key = request.key(endpoint: workplace.settings.endpoint, take: take)
    return NewLine(
      request: request, key: key, id: line.id.map { $0 + line.suffix },
      text: line.text, meta: line.meta, number: line.number, suffix: line.suffix, take: take,
      speaker: line.speaker, voice: line.voice, scene: line.scene, turn: line.turn)
  }

  private func open() throws -> Int32 {
    guard file != "-" else { return dup(STDIN_FILENO) }
    let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", file) }
    return descriptor
  }

  var shownName: String { options.origin ?? (file == "-" ? Addition.stream : file) }

  /// A file's absolute path, which identifies it when it is added again.
  static func source(of file: String) -> String {
    isStream(file) ? Addition.stream : URL(filePath: file).standardizedFileURL.path
  }

  /// Whether the same name yields different text each time: standard input, a pipe, a terminal.
  private static func isStream(_ file: String) -> Bool {
    let path = URL(filePath: file).standardizedFileURL.path
    if file == "-" || path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return true }
    var status = stat()
    guard stat(file, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// The batch's name, by default the file's without its extension.
  var batch: String {
    if let batch = options.batch { return batch }
    // The table appends a number, so that each stream becomes a new batch.
    guard !Self.isStream(file) else { return "stdin" }
    let name = (file as NSString).lastPathComponent
    let stem = (name as NSString).deletingPathExtension
    return String((stem.isEmpty ? name : stem).prefix(100))
  }
}
