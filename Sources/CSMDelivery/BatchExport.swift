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
  /// The form that files are made into, and who does it; nil for that in which they are.
  private let converter: (form: Conversion, ffmpeg: FFmpeg)?
  /// Says why a line gets no file.
  private let complain: (String) -> Void

  package init(
    batch: String, table: JobTable, store: AudioStore, folder: ExportFolder, path: String,
    template: NameTemplate, hasAllTakes: Bool, converter: (form: Conversion, ffmpeg: FFmpeg)?,
    complain: @escaping (String) -> Void
  ) {
    self.batch = batch
    self.table = table
    self.store = store
    self.folder = folder
    self.path = path
    self.template = template
    self.hasAllTakes = hasAllTakes
    self.converter = converter
    self.complain = complain
  }

  private static let manifest = "manifest.jsonl"
  private static let missing = "_missing.csv"
  private static let header = "id,status,error_class,error,text"

  /// What became of the lines.
  package struct Tally {
    package var written = 0
    package var same = 0
    package var replaced = 0
    package var missing = 0
    /// Lines whose audio the store has lost, or no longer as it was.
    package var damaged = 0
    /// Lines whose audio ffmpeg did not convert.
    package var unconverted = 0
    /// Lines whose file could not be written because something else has its name.
    package var refused = 0

    /// Whether every line has its file.
    package var isWhole: Bool { missing + damaged + unconverted + refused == 0 }

    fileprivate mutating func count(_ outcome: ExportFolder.Outcome) {
      switch outcome {
      case .written: written += 1
      case .same: same += 1
      case .replaced: replaced += 1
      // Counted as the flaw that it is.
      case .conflict: break
      }
    }

    fileprivate mutating func count(_ flaw: AudioFlaw) {
      switch flaw.kind {
      case .missing, .damaged: damaged += 1
      case .unconverted: unconverted += 1
      case .refused: refused += 1
      }
    }
  }

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
    try eachLine { line, place in
      let file = try export(line, place, planned, earlier, &tally, missed)
      let row = ManifestRow(
        batch: batch, id: line.line, line: line, file: file,
        earlier: try kept(of: line.line, beside: file, &earlier, planned.lines))
      try told(JSONText.line(row.json))
    }
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
  }

  private func plan() throws -> Plan {
    var names: [ExportName] = []
    var lines: [String] = []
    try eachLine { line, place in
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
    var plan = Plan(lines: Dictionary(zip(names, lines)) { first, _ in first })
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
    _ line: LineRow, _ place: Int, _ planned: Plan, _ earlier: EarlierExport,
    _ tally: inout Tally, _ missed: (String) throws -> Void
  ) throws -> ExportedFile? {
    let flaw: AudioFlaw
    do {
      if let clash = planned.clashes[line.line] { throw AudioFlaw(.refused, clash) }
      // What was spoken since the names were planned may clash with others: the next run takes it.
      guard let digest = line.digest, case let name = try name(of: line, place),
        planned.lines[name] == line.line
      else {
        tally.missing += 1
        try missed(Self.missingRow(line))
        return nil
      }
      let (outcome, file) = try put(digest, of: line, as: name, earlier)
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
    _ digest: Digest, of line: LineRow, as name: ExportName, _ earlier: EarlierExport
  ) throws -> (ExportFolder.Outcome, ExportedFile) {
    if let converter {
      return try convert(digest, of: line, as: name, earlier[name], converter)
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

  /// What an earlier run made of the same audio is not made again.
  private func convert(
    _ digest: Digest, of line: LineRow, as name: ExportName, _ earlier: ExportedFile?,
    _ converter: (form: Conversion, ffmpeg: FFmpeg)
  ) throws -> (ExportFolder.Outcome, ExportedFile) {
    let (form, ffmpeg) = converter
    if let earlier, earlier.source == digest, earlier.conversion == form.name,
      try folder.digest(of: name) == earlier.digest
    {
      return (.same, earlier)
    }
    var audio = Data()
    try store.read(digest) { audio.append(contentsOf: $0) }
    let made = try ffmpeg.convert(audio, ext: line.ext, to: form, for: name.description)
    let file = ExportedFile(
      source: digest, digest: Digest(of: made), name: name, conversion: form.name)
    let outcome = try folder.write(
      made, of: file.digest, as: name, replacing: earlier?.digest)
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
