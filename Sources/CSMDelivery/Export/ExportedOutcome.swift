import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite

/// A line in an export, and how it ended.
struct ExportedOutcome {
  let line: LineRow
  /// Its place in the batch, from 1.
  let place: Int
  /// The files that earlier exports made of it.
  let former: [ExportedFile]
  var end = End.missing

  enum End {
    case file(ExportedFile, ExportFolder.Outcome)
    /// It has no audio, or had none when the names were planned.
    case missing
    /// It has audio, but gets no file.
    case flaw(AudioFlaw)
    /// It was not looked at, because the export was stopped.
    case left
  }

  /// Its file in the folder; nil if there is none.
  var file: ExportedFile? { if case .file(let file, _) = end { file } else { nil } }

  /// Whether the store has lost its audio.
  var isLost: Bool {
    if case .flaw(let flaw) = end { [.missing, .damaged].contains(flaw.kind) } else { false }
  }

  func manifestRow(_ batch: String, _ kept: [ExportedFile]) -> JSONObject {
    ManifestRow(batch: batch, id: line.line, line: line, file: file, earlier: kept).json
  }

  /// Its row in the list of missing lines; nil if its file is there.
  var missingRow: MissingRow? {
    switch end {
    case .file: nil
    case .missing: MissingRow(line, line.errorClass, line.error)
    case .flaw(let flaw): MissingRow(line, flaw.kind.rawValue, flaw.reason)
    case .left: MissingRow(notExported: line)
    }
  }
}
