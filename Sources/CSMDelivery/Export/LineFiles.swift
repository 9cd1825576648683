import CSMCore
import CSMFiles
import CSMSQLite

/// Copies or makes the audio of lines in the folder.
struct LineFiles {
  let batch: String
  let path: String
  let table: JobTable
  let store: AudioStore
  let folder: ExportFolder
  let maker: Maker
  let made: MadeFiles
  let earlier: EarlierExport
  let isStopped: () -> Bool

  /// A line, and the name for its audio.
  struct Wanted {
    let line: LineRow
    let digest: Digest
    let name: ExportName
    let recipe: Recipe
    /// The files that earlier runs made of the line.
    let former: [ExportedFile]
  }

  /// How one line ended; a flaw concerns this line only.
  typealias Delivery = Result<(file: ExportedFile, outcome: ExportFolder.Outcome), AudioFlaw>

  /// How many lines are worth copying together.
  static let crowd = 256

  /// Files that are being written, synced and named while the next lines are looked at.
  struct Underway {
    fileprivate let wanted: [Wanted]
    fileprivate let deliveries: [Delivery?]
    fileprivate let writes: [Writing.Write]
    fileprivate let work: Beside<[Result<Writing.Written, any Error>]>

    /// Waits until all writes have ended.
    func wait() { _ = try? work.value() }
  }

  /// Begins to write the files, whose names must all differ; unchanged files are not read.
  ///
  /// Once the person has stopped the export, nothing is read or written: the files that seem to be there are
  /// delivered, and the next run reads them.
  func begin(_ wanted: [Wanted]) throws -> Underway {
    var deliveries = try wanted.map(unchanged)
    let open = wanted.indices.filter { deliveries[$0] == nil }
    let contents = isStopped() ? [] : try contents(of: open.map { wanted[$0] })
    var writes: [Writing.Write] = []
    // Ctrl-C also ends ffmpeg, whose error then says nothing about the audio.
    let isLate = isStopped()
    for place in open where isLate { deliveries[place] = try likely(wanted[place]) }
    for (place, content) in zip(open, contents) where !isLate {
      deliveries[place] = try guarded(wanted[place]) {
        let content = try content.get()
        return try compare(content, wanted[place]) {
          writes.append(
            Writing.Write(
              place: place, line: wanted[place].line.line, name: wanted[place].name,
              content: content, isReplacing: $0))
        }
      }
    }
    return Underway(
      wanted: wanted, deliveries: deliveries, writes: writes,
      work: Beside { [writes, writing = Writing(batch: batch, store: store, folder: folder)] in
        try writing.carryOut(writes)
      })
  }

  /// Waits for the writes, and returns how each line ended; its files are durable on return.
  ///
  /// Nil for a line that was not looked at, because the export was stopped.
  func end(_ underway: Underway) throws -> [Delivery?] {
    var deliveries = underway.deliveries
    let results = try underway.work.value()
    if !underway.writes.isEmpty { made.isChanged = true }
    for (write, written) in zip(underway.writes, results) {
      deliveries[write.place] = try guarded(underway.wanted[write.place]) {
        let written = try written.get()
        guard let mark = written.mark else {
          throw AudioFlaw(.refused, refusal(write.name, isFile: false))
        }
        var file = write.content.file
        file.mark = mark
        guard written.isPlaced else {
          throw AudioFlaw(.refused, refusal(write.name, isFile: true))
        }
        return .success((file, write.isReplacing ? .replaced : .written))
      }
    }
    return deliveries
  }

  // MARK: What is there

  /// The file as an earlier run left it; nil if it has to be read.
  private func unchanged(_ wanted: Wanted) throws -> Delivery? {
    guard let file = former(of: wanted), let mark = file.mark,
      try folder.present(wanted.name) == .file(mark)
    else { return nil }
    return .success((file, .same))
  }

  /// The file of an earlier run if there is one of its size, whatever its time.
  private func likely(_ wanted: Wanted) throws -> Delivery? {
    guard let file = former(of: wanted), let mark = file.mark,
      case .file(let present) = try folder.present(wanted.name), present.bytes == mark.bytes
    else { return nil }
    return .success((file, .same))
  }

  private func former(of wanted: Wanted) -> ExportedFile? {
    wanted.former.first {
      $0.name == wanted.name && $0.source == wanted.digest && $0.recipe == wanted.recipe.name
    }
  }

  // MARK: What is to be there

  /// Makes the files that must be made.
  ///
  /// An unchanged file that an earlier run made of the same audio in the same way is kept.
  private func contents(of wanted: [Wanted]) throws -> [Result<Writing.Content, any Error>] {
    var contents = [Result<Writing.Content, any Error>?](repeating: nil, count: wanted.count)
    var making: [Maker.Wanted] = []
    var places: [Int: Int] = [:]
    for (place, one) in wanted.enumerated() {
      if one.recipe.isCopy {
        contents[place] = .success(Writing.Content(bytes: nil, file: file(one, one.digest)))
      } else if let former = former(of: one), try folder.digest(of: one.name) == former.digest {
        contents[place] = .success(Writing.Content(bytes: nil, file: former))
      } else if let same = making.firstIndex(where: {
        $0.digest == one.digest && $0.recipe == one.recipe
      }) {
        places[place] = same
      } else {
        places[place] = making.count
        making.append(
          Maker.Wanted(digest: one.digest, recipe: one.recipe, name: one.name.description))
      }
    }
    let results = maker.make(making)
    return wanted.indices.map { place in
      if let content = contents[place] { return content }
      guard let number = places[place] else { return .failure(AudioFlaw(.unconverted, "")) }
      return results[number].map { made in
        var file = file(wanted[place], made.digest)
        file.isClipped = made.isClipped
        return Writing.Content(bytes: made.bytes, file: file)
      }
    }
  }

  private func file(_ wanted: Wanted, _ digest: Digest) -> ExportedFile {
    var file = ExportedFile(
      source: wanted.digest, digest: digest, name: wanted.name, recipe: wanted.recipe.name)
    if wanted.recipe.cut != nil {
      file.milliseconds = wanted.recipe.milliseconds(of: wanted.line.durationMilliseconds)
    }
    return file
  }

  // MARK: Decisions

  /// Decides whether the file is already there, may be written, or would replace a foreign one.
  private func compare(
    _ content: Writing.Content, _ wanted: Wanted, write: (_ isReplacing: Bool) -> Void
  ) throws -> Delivery? {
    switch try folder.present(wanted.name) {
    case .other: throw AudioFlaw(.refused, refusal(wanted.name, isFile: false))
    case .nothing: write(false)
    case .file(let mark):
      let present = try folder.digest(of: wanted.name)
      if present == content.file.digest {
        var file = content.file
        file.mark = mark
        return .success((file, .same))
      }
      guard let present, try isOurs(present, wanted) else {
        throw AudioFlaw(.refused, refusal(wanted.name, isFile: present != nil))
      }
      write(true)
    }
    return nil
  }

  /// Whether an export of the batch wrote these bytes, even one that was stopped before its manifest.
  private func isOurs(_ present: Digest, _ wanted: Wanted) throws -> Bool {
    guard !earlier.isOfAnotherBatch(wanted.name) else { return false }
    if wanted.former.contains(where: { $0.name == wanted.name && $0.digest == present }) {
      return true
    }
    return try made.isKnown(present, as: wanted.name, of: batch)
      || earlier.isKnown(present, as: wanted.name)
      || table.wasAudio(present, of: wanted.line)
  }

  /// Why the file with this name is left alone.
  private func refusal(_ name: ExportName, isFile: Bool) -> String {
    let place = "\(path)/\(name)"
    if earlier.isOfAnotherBatch(name) {
      return "\(place) belongs to another batch in \(LineNames.manifest)"
    }
    return isFile
      ? "\(place) exists and was not written by an export of \(batch)"
      : "\(place) cannot be written: something that no export made is in the way"
  }

  /// Turns an error that concerns this line only into its flaw.
  private func guarded(_ wanted: Wanted, _ body: () throws -> Delivery?) throws -> Delivery? {
    do {
      return try body()
    } catch {
      guard let flaw = try AudioFlaw(behind: error, in: store, of: wanted.digest) else {
        throw error
      }
      return .failure(flaw)
    }
  }
}
