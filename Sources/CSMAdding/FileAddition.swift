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
  /// What the files before it would add, where nothing is added.
  private let rehearsal: Rehearsal?
  /// Says what is wrong with a line, or odd about it.
  private let note: (String) -> Void
  private let progress: (Phase) -> Void

  /// How far it is.
  package enum Phase {
    /// So many lines were read; nothing is in the table.
    case reading(Int)
    /// All of them are being written, in one transaction.
    case writing(Int)
  }

  /// - Parameters:
  ///   - file: a path; `-` for standard input.
  ///   - rehearsal: what the files before it would add, where nothing is added.
  ///   - note: says what is wrong with a line, or odd about it.
  package init(
    of file: String, _ options: Options, in workplace: Workplace, rehearsal: Rehearsal? = nil,
    note: @escaping (String) -> Void, progress: @escaping (Phase) -> Void = { _ in }
  ) {
    self.file = file
    self.options = options
    self.workplace = workplace
    self.rehearsal = rehearsal
    self.note = note
    self.progress = progress
  }

  /// - Throws: `Failure` where nothing of the file was added.
  package func run() throws -> AdditionReport {
    guard let format = options.reading.format(ofFile: file == "-" ? "" : file) else {
      let ending = (file as NSString).pathExtension
      throw Failure(
        "\(shownName): files of this kind hold no text that can be read: "
          + (ForeignFormat.advice(forEnding: ending) ?? "save it as UTF-8 text or CSV")
          + "; or say with --as what it is", .usage)
    }
    let descriptor = try open()
    defer { close(descriptor) }
    if options.isPruning, Self.isStream(file) {
      throw Failure(
        "\(shownName): --prune needs a file: a stream is never the same again", .usage)
    }
    let lines = InputLines(descriptor: descriptor, encoding: options.reading.encoding)
    var addition = addition
    let files = try options.speaking.files()
    let (reading, summary, names) = try workplace.writing { table in
      var composition = try options.speaking.composition(files, voices: table.voices())
      composition.isDialogue = format.isDialogue
      var reading = FileReading(name: shownName, options: composition, note: note)
      var takes = TakeCount(first: options.take, isDistinct: options.isDistinct)
      var names = LineFileName.Changes()
      var links = ChainLinks(
        length: options.speaking.chain, endpoint: workplace.settings.endpoint)
      var count = 0
      let summary = try table.add(addition, at: Workplace.now()) { stage in
        try reading.read(options.reading.reader(of: lines, as: format)) { line in
          let new = newLine(line, &takes, &links)
          if let id = new.id { names.note(id) }
          rehearsal?.note(new, batch: addition.batch, file: file)
          try stage(new)
          count += 1
          if count.isMultiple(of: 64) { progress(.reading(count)) }
        }
        progress(.writing(count))
        guard reading.tally.rejected > 0 else { return .whole }
        return options.isStrict ? .unwanted : .partial(ids: reading.rejectedIDs)
      }
      return (reading, summary, names)
    }
    if !summary.batch.isEmpty { addition.batch = summary.batch }
    try demandOwnLines(summary)
    try demandOwnLines(rehearsal)
    try demandVoices(summary)
    if let consent = summary.needsConsent {
      throw NeedsConsent(file: shownName, consent: consent, cost: summary.cost)
    }
    for conflict in summary.conflicting { reading.explain(Self.rejection(conflict)) }
    var tally = reading.tally
    tally.rejected += summary.conflicting.count
    return AdditionReport(
      addition: addition, summary: summary, tally: tally, reading: reading, names: names,
      prospect: summary.queued > 0 && !options.isDryRun
        ? try Prospect(of: summary.batch, in: workplace) : nil)
  }

  private static func rejection(_ conflict: AdditionSummary.Conflict) -> Rejection {
    guard let other = conflict.other else {
      return Rejection(
        line: conflict.number, .duplicate,
        "another line of the file has the id \(conflict.id), too, and other words: none of them is added "
          + "until each has an id of its own")
    }
    return Rejection(
      line: conflict.number, .id,
      "the file of \(conflict.id) would have the name of that of \(other): give it another id")
  }

  private var addition: Addition {
    var addition = Addition(
      batch: batch, endpoint: workplace.settings.endpoint, priority: options.priority,
      sourceFile: Self.source(of: file), isDryRun: options.isDryRun, isStrict: options.isStrict,
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
    let request = links.tied(line.request, scene: line.scene, take: take)
    let key = request.key(endpoint: workplace.settings.endpoint, take: take)
    return NewLine(
      request: request, key: key, id: line.id.map { $0 + line.suffix },
      text: line.text, meta: line.meta, number: line.number, suffix: line.suffix, take: take,
      speaker: line.speaker, voice: line.voice, scene: line.scene, turn: line.turn)
  }

  private func open() throws -> Int32 {
    guard file != "-" else { return dup(STDIN_FILENO) }
    let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = FileError("read", file)
      throw Failure(opening: error)
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

  /// The batch's name, or the beginning of it; by default the file's without its ending.
  var batch: String {
    if let batch = options.batch { return batch }
    // A number follows, so that what comes from a stream is a batch of its own.
    guard !Self.isStream(file) else { return "stdin" }
    let name = (file as NSString).lastPathComponent
    let stem = (name as NSString).deletingPathExtension
    return String((stem.isEmpty ? name : stem).prefix(100))
  }
}
