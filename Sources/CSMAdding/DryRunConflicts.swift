import CSMCore
import CSMSQLite

/// Finds conflicts between the files of a dry run, which are rolled back one by one and so never meet in
/// the table.
package final class DryRunConflicts {
  package init() {}

  private var lines: [JobTable.LineName: (key: Digest, file: String)] = [:]
  private var conflict: (file: String, first: String, lines: Int)?

  func note(_ line: NewLine, batch: String, file: String) {
    let id = line.id ?? "L\(line.number)\(line.suffix)"
    let source = FileAddition.source(of: file)
    let name = JobTable.LineName(batch: batch, line: id)
    guard let known = lines[name] else {
      lines[name] = (line.key, source)
      return
    }
    guard known.file != source, known.key != line.key else { return }
    conflict = (known.file, conflict?.first ?? id, (conflict?.lines ?? 0) + 1)
  }

  /// Returns and forgets the conflict of the last file; nil if there is none.
  ///
  /// - Returns: the earlier file, the first id with other words, and how many such ids there are.
  func takeConflict() -> (file: String, first: String, lines: Int)? {
    defer { conflict = nil }
    return conflict
  }
}
