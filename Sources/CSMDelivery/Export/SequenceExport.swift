import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// One run of an export that joins lines, into one file per scene or batch.
struct SequenceExport {
  let wish: ExportWish
  let form: any SequenceForm
  let treatment: Treatment
  let table: JobTable
  let folder: ExportFolder
  let path: String
  let maker: Maker
  let person: ExportPerson

  private var batch: String { wish.options.batch }

  func run(_ made: MadeFiles) throws -> LineExport.Counts {
    var tally = LineExport.Counts()
    let ext = try form.ext(treatment.conversion)
    var missing = try MissingList(batch: batch, in: folder, path: path, made: made)
    var unended: Set<String> = []
    let sequences = try read(&tally, &missing, &unended)
    var names: Set<String> = []
    var there: Set<String> = []
    for (number, sequence) in sequences.enumerated() {
      let name = try name(of: sequence, ext, &names)
      guard !wish.isPatient || !unended.contains(sequence.name) else {
        tally.missing += sequence.parts.count
        for part in sequence.parts { try missing.add(MissingRow(part)) }
        // A file of fewer lines, as long as the others are awaited.
        there.insert(name.description)
        continue
      }
      if try bring(sequence, as: name, made, &tally, &missing) { there.insert(name.description) }
      person.progress(number + 1, sequences.count)
    }
    try missing.finish()
    tally.notes = form.notes(on: sequences)
    if tally.left == 0 { tally.notes += try leftovers(made, there) }
    return tally
  }

  /// Tells of files that earlier exports in this form made of other sequences, or under other names.
  private func leftovers(_ made: MadeFiles, _ there: Set<String>) throws -> [String] {
    var left = LeftFiles()
    for file in made.all(of: batch, wish.form) where !there.contains(file.file) {
      let name = try ExportName(file.file)
      guard case .file(let mark) = try folder.present(name) else { continue }
      let isUnchanged = try mark == file.mark || folder.digest(of: name)?.hex == file.sha256
      left.add(name, isUnchanged ? .kept : .changed)
    }
    return left.notes
  }

  /// Makes the file of a sequence; if there is none, lists the line at fault, or else all of its lines.
  ///
  /// - Returns: whether the file is there.
  private func bring(
    _ sequence: LineSequence, as name: ExportName, _ made: MadeFiles,
    _ tally: inout LineExport.Counts, _ missing: inout MissingList
  ) throws -> Bool {
    let madeOf = try nature(of: sequence)
    if let known = made[name], known.madeOf == madeOf,
      try folder.present(name) == .file(known.mark)
    {
      tally.count(.same)
      return true
    }
    if !person.isStopped() {
      do {
        let outcome = try bring(sequence, as: name, madeOf, made)
        tally.count(outcome)
        if outcome != .same { person.brought(name.description) }
        return true
      } catch let error as SequenceFlaw where !person.isStopped() {
        let (flaw, part) = (error.flaw, error.part)
        tally.count(flaw)
        person.complain(
          part.map { "\(batch):\($0.id): \(flaw.reason), so \(name) is not made" } ?? flaw.reason)
        for part in part.map({ [$0] }) ?? sequence.parts { try missing.add(MissingRow(part, flaw)) }
        return false
      } catch is SequenceFlaw {
        // Ctrl-C also ends ffmpeg, whose error then says nothing about the audio.
      }
    }
    tally.left += sequence.parts.count
    for part in sequence.parts { try missing.add(MissingRow(notExported: part)) }
    return false
  }

  // MARK: Lines

  /// Reads all lines into sequences, and lists those that are left out.
  ///
  /// - Parameter unended: gets the names of sequences with lines that may still be spoken.
  private func read(
    _ tally: inout LineExport.Counts, _ missing: inout MissingList, _ unended: inout Set<String>
  ) throws -> [LineSequence] {
    var sequences: [LineSequence] = []
    var scene: String?
    try BatchLines(wish, table).each { line, place in
      var exported = ExportedOutcome(line: line, place: place, former: [])
      let own = form.isWhole ? nil : line.scene
      if line.digest == nil, !line.state.isEnded { unended.insert(own ?? batch) }
      do throws(AudioFlaw) {
        guard let part = try part(line) else { throw AudioFlaw(.missing, "") }
        if sequences.isEmpty || own != scene { sequences.append(sequence(own ?? batch)) }
        scene = own
        sequences[sequences.count - 1].parts.append(part)
        return
      } catch {
        if line.digest != nil { exported.end = .flaw(error) }
        tally.count(exported)
        if line.digest != nil, error.kind != .unwanted {
          person.complain("\(batch):\(line.line): \(error.reason)")
        }
        if let row = exported.missingRow { try missing.add(row) }
      }
    }
    return sequences
  }

  private func sequence(_ name: String) -> LineSequence {
    LineSequence(
      name: name, gap: wish.options.gap, rate: treatment.rate, conversion: treatment.conversion)
  }

  /// A line as a part; nil if it has no audio.
  private func part(_ line: LineRow) throws(AudioFlaw) -> LineSequence.Part? {
    guard let digest = line.digest else { return nil }
    if let flaw = wish.flaw(of: line) { throw flaw }
    var treatment = treatment
    treatment.conversion = nil
    let recipe = treatment.recipe(of: line)
    guard let milliseconds = try milliseconds(of: line, digest, recipe) else { return nil }
    return LineSequence.Part(
      id: line.line, text: line.text, speaker: line.speakerName, heading: line.heading,
      digest: digest, recipe: recipe, milliseconds: milliseconds)
  }

  /// Its playing time, from the table if it is known there.
  private func milliseconds(
    of line: LineRow, _ digest: Digest, _ recipe: Recipe
  ) throws(AudioFlaw) -> Int? {
    if let known = recipe.milliseconds(of: line.durationMilliseconds) { return known }
    do {
      var sound = try maker.sound(of: digest, ext: line.ext, for: line.line)
      _ = sound.treat(recipe)
      return sound.milliseconds
    } catch {
      if let flaw = try? AudioFlaw(behind: error, in: maker.store, of: digest) { throw flaw }
      let reason = (error as? Failure)?.sentences.joined(separator: "; ")
      throw AudioFlaw(.unconverted, reason ?? "\(error)")
    }
  }

  /// The name of the sequence's file; a scene that occurs again gets another one.
  private func name(
    of sequence: LineSequence, _ ext: String, _ taken: inout Set<String>
  ) throws -> ExportName {
    var number = 1
    while true {
      let ending = (number > 1 ? "-\(number)" : "") + ".\(ext)"
      // A scene's name may not be a valid path.
      let plain = sequence.name.replacingScalars(["/": "_"]).replacing("..", with: "_")
      let name =
        try (try? ExportName(sequence.name + ending, keeping: ending))
        ?? ExportName(plain + ending, keeping: ending)
      if taken.insert(name.description.lowercased()).inserted { return name }
      number += 1
    }
  }

  // MARK: Files

  /// Makes the file of a sequence.
  ///
  /// Throws `SequenceFlaw`, and errors that concern other sequences too.
  private func bring(
    _ sequence: LineSequence, as name: ExportName, _ madeOf: String, _ made: MadeFiles
  ) throws -> ExportFolder.Outcome {
    let present = try folder.digest(of: name)
    let isOurs = present.map { made.isKnown($0, as: name, of: batch) } ?? false
    guard try isOurs || folder.present(name) == .nothing, let draft = try folder.draft(name) else {
      throw SequenceFlaw(
        AudioFlaw(
          .refused, "\(path)/\(name) exists and was not written by an export of \(batch)"))
    }
    do {
      try form.make(sequence, into: draft, maker)
    } catch let failure as Failure where failure.status == FFmpeg.badInput {
      throw SequenceFlaw(AudioFlaw(.unconverted, failure.sentences.joined(separator: "; ")))
    }
    let digest = try draft.digest()
    try made.note([
      MadeFiles.File(
        name, batch: batch, form: wish.form.rawValue, digest: digest, madeOf: madeOf,
        mark: draft.mark())
    ])
    guard try folder.place([draft], replacing: { _ in present != nil }).first == true else {
      throw SequenceFlaw(AudioFlaw(.refused, "\(path)/\(name) appeared while the export ran"))
    }
    return present == nil ? .written : present == digest ? .same : .replaced
  }

  /// A digest of everything that the file's bytes depend on.
  private func nature(of sequence: LineSequence) throws -> String {
    var text = "\(wish.form.rawValue)\n\(sequence.gap)\n\(sequence.rate ?? 0)\n"
    text += "\(sequence.conversion?.name ?? "")\n\(try form.nature(of: sequence))\n"
    for part in sequence.parts {
      text += "\(part.digest.hex) \(part.recipe.name ?? "") \(part.milliseconds)\n"
    }
    return String(Digest(of: text).hex.prefix(32))
  }
}

extension LineRow {
  /// The line's chapter in its input file or, if there is none, its scene.
  fileprivate var heading: String? {
    for header in ["chapter", "heading"] {
      if let value = metaValue(header) { return value }
    }
    return scene
  }
}
