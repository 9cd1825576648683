import CSMCore
import CSMSQLite

/// What the files of one dry run would add: each is undone before the next is looked at, so none of them
/// sees the others in the table.
package final class Rehearsal {
  private struct Name: Hashable {
    let batch: String
    let line: String
  }

  package init() {}

  private var lines: [Name: (key: Digest, file: String)] = [:]
  private var strange: (file: String, first: String, lines: Int)?

  func note(_ line: NewLine, batch: String, file: String) {
    let id = line.id ?? "L\(line.number)\(line.suffix)"
    let source = FileAddition.source(of: file)
    guard let known = lines[Name(batch: batch, line: id)] else {
      lines[Name(batch: batch, line: id)] = (line.key, source)
      return
    }
    guard known.file != source, known.key != line.key else { return }
    strange = (known.file, strange?.first ?? id, (strange?.lines ?? 0) + 1)
  }

  /// The lines of the last file that have other words under an id of a file before it; nil where none has.
  func takeStrange() -> (file: String, first: String, lines: Int)? {
    defer { strange = nil }
    return strange
  }
}
