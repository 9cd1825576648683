import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// One run of an export: plans all names, copies or makes the audio, and writes the lists.
///
/// The lists are the manifest, the list of missing lines, and those of the form.
package struct LineExport {
  let wish: ExportWish
  let form: any LineForm
  let table: JobTable
  let store: AudioStore
  let folder: ExportFolder
  let path: String
  let naming: LineNames
  let maker: Maker
  let person: ExportPerson

  private var batch: String { wish.options.batch }

  func run(_ made: MadeFiles) throws -> Counts {
    let lines = BatchLines(wish, table)
    let plan = try NamePlan(naming, eachLine: lines.each)
    try demandRoom()
    var missing = try MissingList(batch: batch, in: folder, path: path, made: made)
    var lists = try ListWriters(
      form.lists, batch: batch, form: wish.form, in: folder, path: path, made: made)
    let earlier = try EarlierExport(manifest: "\(path)/\(LineNames.manifest)", batch: batch)
    let files = LineFiles(
      batch: batch, path: path, table: table, store: store, folder: folder, maker: maker,
      made: made, earlier: earlier, isStopped: person.isStopped)
    var tally = Counts()
    try folder.writeText(LineNames.manifest) { told in
      try bring(lines, plan, files, &tally) { exported in
        try told(JSONText.line(exported.manifestRow(batch, try kept(of: exported, plan))))
        if let row = exported.missingRow { try missing.add(row) }
        try lists.tell(
          ExportedLine(line: exported.line, place: exported.place, file: exported.file))
      }
      try missing.finish()
      for (id, former) in try earlier.untold() {
        let files = try former.filter { try isKept($0, of: id, plan) }
        guard !files.isEmpty else { continue }
        let row = ManifestRow(batch: batch, id: id, line: nil, file: nil, earlier: files)
        try told(JSONText.line(row.json))
      }
      try earlier.eachForeignRow(told)
    }
    tally.notes = try lists.finish()
    return tally
  }

  /// Throws `Failure` if something other than a file has the name of the manifest.
  ///
  /// The lines of the manifest are checked when they are read.
  private func demandRoom() throws {
    guard try folder.obstacle(at: LineNames.manifest, beginning: "") == nil else {
      throw Failure(inTheWay: "\(path)/\(LineNames.manifest) is not a regular file")
    }
  }

  // MARK: Lines

  /// Looks at each line once, so every line is either in the folder or on the list, even if csmd works
  /// meanwhile.
  private func bring(
    _ lines: BatchLines, _ plan: NamePlan, _ files: LineFiles, _ tally: inout Counts,
    _ tell: (ExportedOutcome) throws -> Void
  ) throws {
    var pipeline = Pipeline(export: self, plan: plan, files: files)
    // Even after an error, to leave no partial file behind.
    defer { pipeline.wait() }
    try lines.each { line, place in
      let former = try files.earlier.take(line.line)
      let ended = try pipeline.push(ExportedOutcome(line: line, place: place, former: former))
      try report(ended, &tally, tell)
      if !ended.isEmpty { person.progress(pipeline.ended, plan.count) }
    }
    try report(pipeline.advance(), &tally, tell)
    try report(pipeline.finish(), &tally, tell)
    person.progress(pipeline.ended, plan.count)
  }

  private func report(
    _ ended: [ExportedOutcome], _ tally: inout Counts, _ tell: (ExportedOutcome) throws -> Void
  ) throws {
    for exported in ended {
      tally.count(exported)
      if case .flaw(let flaw) = exported.end, flaw.kind != .unwanted {
        person.complain("\(batch):\(exported.line.line): \(flaw.reason)")
      }
      if case .file(let file, let outcome) = exported.end, outcome != .same {
        person.brought(file.name.description)
      }
      try tell(exported)
    }
  }

  /// Lines on their way in crowds: one crowd is synced to disk while the next is read and copied.
  private struct Pipeline {
    let export: LineExport
    let plan: NamePlan
    let files: LineFiles
    /// How many lines make up a crowd.
    private let size: Int
    /// Lines that have ended.
    private(set) var ended = 0
    /// Lines of the next crowd.
    private var waiting: [ExportedOutcome] = []
    private var underway: Crowd?
    /// Whether a line that has not ended holds back those after it.
    private var isHeldBack = false

    init(export: LineExport, plan: NamePlan, files: LineFiles) {
      self.export = export
      self.plan = plan
      self.files = files
      size = export.naming.treatment.isNone ? LineFiles.crowd : Maker.crowd
    }

    /// Adds a line; returns lines that have ended meanwhile, in order.
    mutating func push(_ line: ExportedOutcome) throws -> [ExportedOutcome] {
      waiting.append(line)
      return waiting.count == size ? try advance() : []
    }

    /// Begins the next crowd, and returns the lines of the one before it once they have ended.
    mutating func advance() throws -> [ExportedOutcome] {
      let before = underway
      underway = try export.begin(waiting, plan, files, &isHeldBack)
      waiting = []
      return try end(before)
    }

    /// Returns the lines of the last crowd once they have ended.
    mutating func finish() throws -> [ExportedOutcome] {
      defer { underway = nil }
      return try end(underway)
    }

    private mutating func end(_ crowd: Crowd?) throws -> [ExportedOutcome] {
      let lines = try crowd.map { try export.end($0, files) } ?? []
      ended += lines.count
      return lines
    }

    /// Waits for writes under way.
    func wait() { underway?.underway?.wait() }
  }

  /// Lines that are exported together.
  private struct Crowd {
    var lines: [ExportedOutcome]
    /// The indices of the lines whose files are being written.
    var places: [Int] = []
    var underway: LineFiles.Underway?
  }

  private func begin(
    _ crowd: [ExportedOutcome], _ plan: NamePlan, _ files: LineFiles, _ isHeldBack: inout Bool
  ) throws -> Crowd {
    let left = Crowd(lines: crowd.map { $0.ending(.left) })
    guard !person.isStopped() else { return left }
    var crowd = crowd
    var wanted: [(place: Int, wanted: LineFiles.Wanted)] = []
    for place in crowd.indices {
      let (line, number) = (crowd[place].line, crowd[place].place)
      do throws(AudioFlaw) {
        if let clash = plan.clashes[line.line] { throw AudioFlaw(.refused, clash) }
        if let flaw = wish.flaw(of: line) { throw flaw }
        if line.digest == nil, !line.state.isEnded { isHeldBack = wish.isOrdered }
        guard let digest = line.digest, !isHeldBack || !crowd[place].former.isEmpty else {
          continue
        }
        let name = try naming.name(of: line, number)
        // A line stored after the names were planned may clash with others: the next run exports it.
        guard plan.isPlanned(name, of: line.line) else {
          isHeldBack = wish.isOrdered
          continue
        }
        wanted.append(
          (
            place,
            LineFiles.Wanted(
              line: line, digest: digest, name: name, recipe: naming.treatment.recipe(of: line),
              former: crowd[place].former)
          ))
      } catch {
        crowd[place].end = .flaw(error)
      }
    }
    guard let underway = try files.begin(wanted.map(\.wanted)) else { return left }
    return Crowd(lines: crowd, places: wanted.map(\.place), underway: underway)
  }

  private func end(_ crowd: Crowd, _ files: LineFiles) throws -> [ExportedOutcome] {
    guard let underway = crowd.underway else { return crowd.lines }
    var lines = crowd.lines
    for (place, delivery) in zip(crowd.places, try files.end(underway)) {
      switch delivery {
      case .success(let (file, outcome)): lines[place].end = .file(file, outcome)
      case .failure(let flaw): lines[place].end = .flaw(flaw)
      }
    }
    return lines
  }

  // MARK: Earlier files

  /// The files of earlier exports of a line that are still there, and whose names no other line takes.
  ///
  /// They stay in the manifest; if they were dropped from it, no export could ever replace them.
  private func kept(of exported: ExportedOutcome, _ plan: NamePlan) throws -> [ExportedFile] {
    if case .left = exported.end { return exported.former }
    return try exported.former.filter {
      try $0.name != exported.file?.name && isKept($0, of: exported.line.line, plan)
    }
  }

  private func isKept(_ file: ExportedFile, of line: String, _ plan: NamePlan) throws -> Bool {
    // Each take has its own row.
    guard !plan.isOfAnother(file.name, than: line),
      !wish.options.hasAllTakes || !plan.isPlanned(file.name, of: line)
    else { return false }
    if let mark = file.mark, try folder.present(file.name) == .file(mark) { return true }
    return try folder.digest(of: file.name) == file.digest
  }
}
