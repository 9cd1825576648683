import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// `_missing.csv`: the lines that have no file, and why; of a joined file, only the line at fault, if known.
///
/// It is about the last export of each batch into the folder. It replaces only a list that nobody changed since
/// an export wrote it, and there is none while no line is missing.
struct MissingList {
  /// What its note in `MadeFiles` has instead of a form.
  private static let form = "missing"

  private let batch: String
  private let path: String
  private let folder: ExportFolder
  private let made: MadeFiles
  private var draft: ListDraft

  /// Checks that no foreign file is in the way, before anything is written.
  ///
  /// - Parameter path: the folder's, for messages.
  /// - Throws: `Failure` and `FileError`.
  init(batch: String, in folder: ExportFolder, path: String, made: MadeFiles) throws {
    self.batch = batch
    self.path = path
    self.folder = folder
    self.made = made
    draft = ListDraft(try ExportName(LineNames.missing), in: folder)
    try demandRoom()
  }

  private func demandRoom() throws {
    let place = "\(path)/\(draft.name)"
    switch try folder.obstacle(at: LineNames.missing, beginning: MissingRow.header) {
    case nil: break
    case .noFile: throw Failure(inTheWay: "\(place) is not a regular file")
    case .foreignFile: throw Failure(inTheWay: "\(place):1: no export wrote this list")
    }
    // Without a note, it is of an earlier version, which noted only other lists.
    guard let known = made[draft.name], case .file(let mark) = try folder.present(draft.name),
      mark != known.mark, mark.bytes > 0, let digest = try folder.digest(of: draft.name),
      !made.isKnown(digest, as: draft.name, of: nil)
    else { return }
    throw Failure(inTheWay: "\(place) was changed since an export wrote it")
  }

  mutating func add(_ row: MissingRow) throws { try add(row.text + end) }

  private mutating func add(_ row: String) throws {
    if !draft.isBegun { try draft.append(Self.header + "\n") }
    try draft.append(row + "\n")
  }

  /// The first line; that of earlier versions had no batch.
  private static let header = MissingRow.header + ",batch"

  /// What a row of this batch ends with.
  private var end: String { "," + CSVCell.quoted(batch) }

  /// Adds the rows that exports of other batches wrote.
  private mutating func addOthers() throws {
    guard let list = try? String(contentsOfFile: "\(path)/\(draft.name)", encoding: .utf8),
      list.hasPrefix(Self.header + "\n")
    else { return }
    // A line break in quotes belongs to a text.
    var row = ""
    for line in list.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropFirst() {
      row += (row.isEmpty ? "" : "\n") + String(decoding: line, as: UTF8.self)
      guard row.utf8.count(where: { $0 == 0x22 }).isMultiple(of: 2) else { continue }
      if !row.isEmpty, !row.utf8.reversed().starts(with: end.utf8.reversed()) { try add(row) }
      row = ""
    }
  }

  /// Gives the list its name, or removes that of an earlier export if no line is missing; durable on return.
  mutating func finish() throws {
    try addOthers()
    if draft.isBegun {
      return try draft.publish(batch: batch, form: Self.form, path: path, noting: made)
    }
    try folder.remove(draft.name)
    if made[draft.name] != nil { made.forget(draft.name.description) }
  }
}

/// A row of `_missing.csv`.
struct MissingRow {
  static let header = "id,status,error_class,error,text"

  let text: String

  init(_ line: LineRow, _ kind: String?, _ reason: String?) {
    self.init(line.line, line.state, kind, reason, line.text)
  }

  /// A stored line that is part of a file that is not made.
  init(_ part: LineSequence.Part, _ flaw: AudioFlaw) {
    self.init(part.id, .stored, flaw.kind.rawValue, flaw.reason, part.text)
  }

  /// A stored line that is part of a file that waits for other lines.
  init(_ part: LineSequence.Part) { self.init(part.id, .stored, nil, nil, part.text) }

  init(notExported line: LineRow) { self.init(notExported: line.line, line.state, line.text) }

  init(notExported part: LineSequence.Part) {
    self.init(notExported: part.id, .stored, part.text)
  }

  private init(notExported id: String, _ state: JobState.Name, _ text: String) {
    self.init(id, state, "not_exported", "the export was stopped before it", text)
  }

  private init(
    _ id: String, _ state: JobState.Name, _ kind: String?, _ reason: String?, _ text: String
  ) {
    self.text = [id, state.rawValue, kind ?? "", reason ?? "", text]
      .map(CSVCell.quoted).joined(separator: ",")
  }
}
