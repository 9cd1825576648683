import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// What a person wants exported.
package struct ExportWish: Sendable {
  package var form: Form
  package var options: FormOptions
  package var template: NameTemplate
  /// Whether a line is exported only after all lines before it have ended.
  package var isOrdered = false
  /// Whether lines are joined only once all of them have ended.
  package var isPatient = false
  /// Whether lines with marked audio are left out.
  package var isOnlyGood = false
  package var treatment = Treatment()
  /// The loudness of each voice, in LUFS; nil to leave it unchanged.
  package var loudness: Double?

  package init(_ form: Form, _ options: FormOptions, template: NameTemplate) {
    self.form = form
    self.options = options
    self.template = template
  }

  /// Why a line is not wanted; nil if it is wanted.
  func flaw(of line: LineRow) -> AudioFlaw? {
    guard isOnlyGood, line.digest != nil, !line.isGood else { return nil }
    return AudioFlaw(.unwanted, line.shownChecks?.joined(separator: " ") ?? "")
  }
}

/// The person who waits for an export.
package struct ExportPerson {
  /// Called with the reason why a line gets no file.
  let complain: (String) -> Void
  /// Called with the path, relative to the folder, of each file written.
  let brought: (String) -> Void
  /// Called with the number of lines looked at, and of all lines.
  let progress: (Int, Int) -> Void
  /// Whether the person wants the export to end early.
  let isStopped: () -> Bool

  package init(
    complain: @escaping (String) -> Void, brought: @escaping (String) -> Void = { _ in },
    progress: @escaping (Int, Int) -> Void = { _, _ in },
    isStopped: @escaping () -> Bool = { false }
  ) {
    self.complain = complain
    self.brought = brought
    self.progress = progress
    self.isStopped = isStopped
  }
}

/// An export of a batch into a folder.
package struct Exporter {
  private let wish: ExportWish
  private let table: JobTable
  private let store: AudioStore
  private let folder: ExportFolder
  private let path: String
  private let ffmpeg: FFmpeg?
  private let person: ExportPerson

  /// - Parameter ffmpeg: nil if it is not installed.
  package init(
    _ wish: ExportWish, table: JobTable, store: AudioStore, folder: ExportFolder, path: String,
    ffmpeg: FFmpeg?, person: ExportPerson
  ) {
    self.wish = wish
    self.table = table
    self.store = store
    self.folder = folder
    self.path = path
    self.ffmpeg = ffmpeg
    self.person = person
  }

  /// Carries out the export; throws `Failure`, `TableError`, `FileError` and `LockBusy`.
  package func run() throws -> LineExport.Counts {
    _ = try store.demandFolders(for: table)
    let made = try MadeFiles(in: folder, path: path)
    let maker = Maker(ffmpeg: ffmpeg, store: store)
    var treatment = wish.treatment
    if let loudness = wish.loudness {
      let gains = try VoiceLoudness(
        maker: maker, made: made, batch: wish.options.batch, isStopped: person.isStopped
      ).gains(BatchLines(wish, table), target: loudness)
      guard let gains else { return try stopped(made) }
      treatment.gains = gains
    }
    let tally: LineExport.Counts
    switch wish.form.kind(wish.options) {
    case .lines(let form):
      form.adapt(&treatment)
      tally = try LineExport(
        wish: wish, form: form, table: table, store: store, folder: folder, path: path,
        naming: LineNames(template: wish.template, form: form, treatment: treatment),
        maker: maker, person: person
      ).run(made)
    case .sequences(let form):
      tally = try SequenceExport(
        wish: wish, form: form, treatment: treatment, table: table, folder: folder, path: path,
        maker: maker, person: person
      ).run(made)
    }
    try made.finish()
    return tally
  }

  /// Ends before any file is looked at; what was measured is kept.
  private func stopped(_ made: MadeFiles) throws -> LineExport.Counts {
    var tally = LineExport.Counts()
    try BatchLines(wish, table).each { _, _ in tally.left += 1 }
    try made.finish()
    return tally
  }
}
