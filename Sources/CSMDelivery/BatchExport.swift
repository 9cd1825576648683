import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// One run of an export: plans all names, copies, and writes the manifest and the list of what is missing.
package struct BatchExport {
  private let batch: String
  private let table: JobTable
  private let store: AudioStore
  private let folder: ExportFolder
  private let path: String
  private let template: NameTemplate
  /// Whether all takes of a line are wanted, and not only the one that it is.
  private let hasAllTakes: Bool
  /// Makes files into another form; nil for that in which they are.
  private let converter: Converter?
  /// Says why a line gets no file.
  private let complain: (String) -> Void
  /// Says how many of how many lines were looked at.
  private let progress: (Int, Int) -> Void
  /// Whether a person wants it to end early.
  private let isStopped: () -> Bool

  package init(
    batch: String, table: JobTable, store: AudioStore, folder: ExportFolder, path: String,
    template: NameTemplate, hasAllTakes: Bool, converter: (form: Conversion, ffmpeg: FFmpeg)?,
    complain: @escaping (String) -> Void, progress: @escaping (Int, Int) -> Void = { _, _ in },
    isStopped: @escaping () -> Bool = { false }
  ) {
    self.batch = batch
    self.table = table
    self.store = store
    self.folder = folder
    self.path = path
    self.template = template
    self.hasAllTakes = hasAllTakes
    self.converter = converter.map { Converter(form: $0.form, ffmpeg: $0.ffmpeg, store: store) }
    self.complain = complain
    self.progress = progress
    self.isStopped = isStopped
  }

  private static let manifest = "manifest.jsonl"
  private static let missing = "_missing.csv"
  private static let header = "id,status,error_class,error,text"

  package func run() throws -> Tally {
    _ = try store.demandFolders(for: table)
    let planned = try plan()
    try demandRoom()
    var earlier = try EarlierExport(manifest: "\(path)/\(Self.manifest)", batch: batch)
    var tally = Tally()
    try folder.writeText(Self.manifest) { told in
      try folder.writeText(Self.missing) { missed in
        try missed(Self.header)
        try exportLines(planned, &earlier, &tally, told, missed)
      }
      for id in earlier.untold {
        let files = try kept(of: id, &earlier, planned.lines)
        guard !files.isEmpty else { continue }
        let row = ManifestRow(batch: batch, id: id, line: nil, file: nil, earlier: files)
        try told(JSONText.line(row.json))
      }
      try earlier.eachForeignRow(told)
    }
    if tally.isWhole { try folder.removeText(Self.missing) }
    return tally
  }

  /// Sees that the manifest and the list take the place of nothing but their like; whose the lines of
  /// the manifest are is seen when they are read.
  private func demandRoom() throws {
    for (name, beginning) in [(Self.manifest, ""), (Self.missing, Self.header)] {
      switch try folder.obstacle(at: name, beginning: beginning) {
      case nil: continue
      case .noFile: throw Failure(inTheWay: "\(path)/\(name) is there and is no plain file")
      case .foreignFile: throw Failure(inTheWay: "\(path)/\(name):1: no export wrote this list")
      }
    }
  }

  /// One look at each line: it is in the folder or on the list, however far csmd comes meanwhile.
  private func exportLines(
    _ planned: Plan, _ earlier: inout EarlierExport, _ tally: inout Tally,
    _ told: (String) throws -> Void, _ missed: (String) throws -> Void
  ) throws {
    var crowd: [Placed] = []
    var looked = 0
    func exportCrowd() throws {
      let made = try convert(crowd, planned, earlier)
      for placed in crowd {
        looked += 1
        guard let made else {
          try leave(placed.line, &earlier, &tally, told, missed)
          continue
        }
        let file = try export(placed, planned, earlier, made, &tally, missed)
        let row = ManifestRow(
          batch: batch, id: placed.line.line, line: placed.line, file: file,
          earlier: try kept(of: placed.line.line, beside: file, &earlier, planned.lines))
        try told(JSONText.line(row.json))
      }
      crowd = []
      progress(looked, planned.count)
    }
    try eachLine { line, place in
      crowd.append(Placed(line: line, place: place))
      if converter == nil || crowd.count == Converter.crowd { try exportCrowd() }
    }
    try exportCrowd()
  }

  /// A line and its place in the batch.
  private struct Placed {
    let line: LineRow
    let place: Int
  }

  /// Makes the files of these lines that no earlier export made; nil where a person wants no more.
  private func convert(
    _ crowd: [Placed], _ planned: Plan, _ earlier: EarlierExport
  ) throws -> [Digest: Result<[UInt8], any Error>]? {
    guard !isStopped() else { return nil }
    guard let converter else { return [:] }
    var wanted: [Converter.Wanted] = []
    for placed in crowd where planned.clashes[placed.line.line] == nil {
      guard let digest = placed.line.digest, let name = try? name(of: placed.line, placed.place),
        planned.lines[name] == placed.line.line,
        try !isMade(digest, as: name, earlier[name], converter.form),
        !wanted.contains(where: { $0.digest == digest })
      else { continue }
      wanted.append(.init(digest: digest, ext: placed.line.ext, name: name.description))
    }
    let made = converter.convert(wanted)
    // Ctrl-C ends ffmpeg, too: what it made of that says nothing about the audio.
    return isStopped() ? nil : made
  }

  /// Puts a line that was not looked at on the list, and keeps what the manifest said of its files.
  private func leave(
    _ line: LineRow, _ earlier: inout EarlierExport, _ tally: inout Tally,
    _ told: (String) throws -> Void, _ missed: (String) throws -> Void
  ) throws {
    tally.left += 1
    let row = ManifestRow(
      batch: batch, id: line.line, line: line, file: nil, earlier: earlier.take(line.line))
    try told(JSONText.line(row.json))
    let cells = [
      line.line, line.state.rawValue, "not_exported", "the export was stopped before it", line.text,
    ]
    try missed(cells.map(CSVCell.quoted).joined(separator: ","))
  }

  /// The files that earlier exports made of a line, where they still are and no other line takes their
  /// names: forgotten, they could never be replaced.
  private func kept(
    of line: String, beside file: ExportedFile? = nil, _ earlier: inout EarlierExport,
    _ planned: [ExportName: String]
  ) throws -> [ExportedFile] {
    try earlier.take(line).filter { kept in
      let owner = planned[kept.name]
      // Of several takes, each has its own row.
      return try kept.name != file?.name && (owner == nil || owner == line && !hasAllTakes)
        && folder.digest(of: kept.name) == kept.digest
    }
  }

  /// The names of all files that are there to be exported.
  private struct Plan {
    /// The id of each one's line.
    var lines: [ExportName: String] = [:]
    /// Lines whose file cannot lie beside that of another one, and why.
    var clashes: [String: String] = [:]
    /// How many lines there are, with and without a file.
    var count = 0
  }

  private func plan() throws -> Plan {
    var names: [ExportName] = []
    var lines: [String] = []
    var count = 0
    try eachLine { line, place in
      count += 1
      // Without a name it is told when its turn comes.
      guard line.digest != nil, let name = try? name(of: line, place) else { return }
      names.append(name)
      lines.append(line.line)
    }
    let collisions = ExportName.collisions(among: names)
    // A template that does not tell the lines apart is a mistake; an id that does not is one line's.
    if let first = collisions.first, !template.isStandard {
      throw Failure(
        "\(Figures.count(collisions.count, "file name")) would clash, such as "
          + "\(names[first.first]) and \(names[first.second]): give the lines other ids, or "
          + "name more of them with --name, such as {n:05}-{id}.{ext}", .badInput)
    }
    var plan = Plan(lines: Dictionary(zip(names, lines)) { first, _ in first }, count: count)
    for collision in collisions {
      let (first, second) = (collision.first, collision.second)
      plan.clashes[lines[second]] =
        "its file \(names[second]) cannot lie beside \(names[first]), that of \(lines[first]): add it under "
        + "another id, or export with --name '{n:05}-{id}.{ext}'"
    }
    return plan
  }

  /// Whether some file system takes the name for that of the manifest or the list.
  private static func isReserved(_ name: String) -> Bool {
    [manifest, missing].contains(name.lowercased())
  }

  /// The name of a line's file.
  private func name(of line: LineRow, _ place: Int) throws(AudioFlaw) -> ExportName {
    let text = template.name(of: line, place: place, ext: converter?.form.ext ?? line.ext)
    let fault: String
    do throws(ExportName.Refusal) {
      let name = try ExportName(text)
      guard let first = name.components.first, Self.isReserved(first) else { return name }
      fault = "\(first) tells of all lines"
    } catch {
      fault = error.description
    }
    throw AudioFlaw(
      .refused, "it cannot have the file name \(text) (\(fault)): name it otherwise, by --name")
  }

  /// Brings a line's audio into the folder, or puts the line on the list of what is missing.
  private func export(
    _ placed: Placed, _ planned: Plan, _ earlier: EarlierExport,
    _ made: [Digest: Result<[UInt8], any Error>], _ tally: inout Tally,
    _ missed: (String) throws -> Void
  ) throws -> ExportedFile? {
    let line = placed.line
    let flaw: AudioFlaw
    do {
      if let clash = planned.clashes[line.line] { throw AudioFlaw(.refused, clash) }
      // What was spoken since the names were planned may clash with others: the next run takes it.
      guard let digest = line.digest, case let name = try name(of: line, placed.place),
        planned.lines[name] == line.line
      else {
        tally.missing += 1
        try missed(Self.missingRow(line))
        return nil
      }
      let (outcome, file) = try put(digest, of: line, as: name, earlier, made[digest])
      tally.count(outcome)
      guard outcome == .conflict else { return file }
      flaw = AudioFlaw(.refused, try refusal(name, earlier))
    } catch {
      guard let found = try AudioFlaw(behind: error, in: store, of: line) else { throw error }
      flaw = found
    }
    return try leaveOut(line, flaw, &tally, missed)
  }

  /// Puts a line that has audio and gets no file on the list.
  private func leaveOut(
    _ line: LineRow, _ flaw: AudioFlaw, _ tally: inout Tally, _ missed: (String) throws -> Void
  ) throws -> ExportedFile? {
    tally.count(flaw)
    complain("\(line.batch):\(line.line): \(flaw.reason)")
    try missed(Self.missingRow(line, flaw))
    return nil
  }

  /// Puts the audio where it belongs, unless the name is somebody else's.
  private func put(
    _ digest: Digest, of line: LineRow, as name: ExportName, _ earlier: EarlierExport,
    _ made: Result<[UInt8], any Error>?
  ) throws -> (ExportFolder.Outcome, ExportedFile) {
    if let converter {
      return try put(made, of: digest, as: name, earlier[name], converter.form)
    }
    let file = ExportedFile(source: digest, digest: digest, name: name, conversion: nil)
    let outcome = try folder.copy(
      digest, from: store, as: name, replacing: earlier[name]?.digest)
    // An export that was interrupted left audio of which no manifest tells.
    guard outcome == .conflict, !earlier.isOfAnotherBatch(name),
      let present = try folder.digest(of: name), try table.wasAudio(present, of: line)
    else { return (outcome, file) }
    return (try folder.copy(digest, from: store, as: name, replacing: present), file)
  }

  /// Why the name's file is left alone.
  private func refusal(_ name: ExportName, _ earlier: EarlierExport) throws -> String {
    let place = "\(path)/\(name)"
    if earlier.isOfAnotherBatch(name) {
      return "\(place) is there, and \(Self.manifest) has it for another batch"
    }
    return try folder.digest(of: name) == nil
      ? "what stands in the way of \(place) is not of an export"
      : "\(place) is there and is not known as what an export of \(batch) put there"
  }

  /// Whether an earlier run made the file of the same audio, so that it need not be made again.
  private func isMade(
    _ digest: Digest, as name: ExportName, _ earlier: ExportedFile?, _ form: Conversion
  ) throws -> Bool {
    guard let earlier, earlier.source == digest, earlier.conversion == form.name else {
      return false
    }
    return try folder.digest(of: name) == earlier.digest
  }

  /// Puts converted audio where it belongs; what was not made is there from an earlier run.
  private func put(
    _ made: Result<[UInt8], any Error>?, of digest: Digest, as name: ExportName,
    _ earlier: ExportedFile?, _ form: Conversion
  ) throws -> (ExportFolder.Outcome, ExportedFile) {
    guard let made else {
      guard let earlier else {
        throw AudioFlaw(.unconverted, "it was spoken while the export ran: export again")
      }
      return (.same, earlier)
    }
    let bytes = try made.get()
    let file = ExportedFile(
      source: digest, digest: Digest(of: bytes), name: name, conversion: form.name)
    let outcome = try folder.write(
      bytes, of: file.digest, as: name, replacing: earlier?.digest)
    return (outcome, file)
  }

  private static func missingRow(_ line: LineRow, _ flaw: AudioFlaw? = nil) -> String {
    let cells = [
      line.line, line.state.rawValue, flaw?.kind.rawValue ?? line.errorClass ?? "",
      flaw?.reason ?? line.error ?? "", line.text,
    ]
    return cells.map(CSVCell.quoted).joined(separator: ",")
  }

  /// Hands over the lines with their places in the batch, and with their other takes where those are wanted
  /// and have audio.
  private func eachLine(_ body: (LineRow, _ place: Int) throws -> Void) throws {
    var selection = Selection()
    selection.batch = batch
    if hasAllTakes { selection.age = .withTakes }
    var places: [String: Int] = [:]
    var count = 0
    try table.lines(selection, in: .added, limit: nil) { line in
      if line.former == nil { count += 1 }
      // The row of a line is older than those of its takes.
      if hasAllTakes, line.former == nil { places[line.line] = count }
      guard line.former == nil || line.digest != nil else { return }
      try body(line, places[line.line] ?? count)
    }
  }
}

extension LineRow {
  /// The extension of what its audio is, without a dot.
  fileprivate var ext: String {
    mediaType.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "wav"
  }
}
