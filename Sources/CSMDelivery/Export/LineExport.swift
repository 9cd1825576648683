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
    let plan = try NamePlan(naming, lines)
    try demandRoom()
    var missing = try MissingList(batch: batch, in: folder, path: path, made: made)
    var lists = try ListWriters(
      form.lists, batch: batch, form: wish.form, in: folder, path: path, made: made)
    let earlier = try EarlierExport(
      manifest: "\(path)/\(LineNames.manifest)", batch: batch, interrupted: made.audio(of: batch))
    let files = LineFiles(
      batch: batch, path: path, table: table, store: store, folder: folder, maker: maker,
      made: made, earlier: earlier, isStopped: person.isStopped)
    var leftovers = Leftovers(of: batch, in: folder, form, plan, after: earlier)
    var tally = Counts()
    try folder.writeText(LineNames.manifest) { told in
      try bring(lines, plan, files, &tally) { exported in
        let kept = try kept(of: exported, plan, &leftovers)
        try told(JSONText.line(exported.manifestRow(batch, kept)))
        if let row = exported.missingRow { try missing.add(row) }
        try lists.tell(
          ExportedLine(line: exported.line, place: exported.place, file: exported.file))
      }
      try missing.finish()
      for (id, former) in try earlier.untold() {
        let kept = try kept(former, of: id, plan, &leftovers)
        let files = try leftovers.settle(kept)
        guard !files.isEmpty else { continue }
        let row = ManifestRow(batch: batch, id: id, line: nil, file: nil, earlier: files)
        try told(JSONText.line(row.json))
      }
      try earlier.eachForeignRow(told)
    }
    tally.notes = try lists.finish(isStopped: tally.left > 0, telling: &leftovers.told)
    try leftovers.tell(ofOthers: made.audio(exceptOf: batch))
    tally.notes += leftovers.told.notes
    made.settle(batch, except: leftovers.changed)
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

  // MARK: Earlier files

  /// The files of earlier exports of a line that are still there, and whose names no other line takes.
  ///
  /// They stay in the manifest; if they were dropped from it, no export could ever replace them.
  private func kept(
    of exported: ExportedOutcome, _ plan: NamePlan, _ leftovers: inout Leftovers
  ) throws -> [ExportedFile] {
    if case .left = exported.end { return exported.former }
    let others = exported.former.filter { $0.name != exported.file?.name }
    let kept = try kept(others, of: exported.line.line, plan, &leftovers)
    // They may be the last of lost audio.
    guard !exported.isLost else {
      for file in kept { leftovers.told.add(file.name, .kept) }
      return kept
    }
    return try leftovers.settle(kept)
  }

  private func kept(
    _ files: [ExportedFile], of line: String, _ plan: NamePlan, _ leftovers: inout Leftovers
  ) throws -> [ExportedFile] {
    let own = files.filter {
      // Each take has its own row.
      !plan.isOfAnother($0.name, than: line)
        && !(wish.options.hasAllTakes && plan.isPlanned($0.name, of: line))
    }
    return try leftovers.unchanged(own, of: line)
  }
}
