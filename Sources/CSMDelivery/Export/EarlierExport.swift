import CSMCore
import CSMFiles
import CSMInput
import CSMWorkplace
import Foundation

/// What the manifest in a folder says of the files that earlier runs put there; nothing where there is none.
///
/// A manifest tells of lines in the order of their batch, and so do those who ask: it is read once more
/// beside them, and what is held in memory is eight bytes a line. Only for lines in another order, or a
/// file that is another line's now, more of it is.
package final class EarlierExport {
  private let manifest: String
  private let batch: String
  /// The ids of this batch that have rows, and the names of other batches' files, as hashes.
  private var ids: Set<Int> = []
  private var others: Set<Int> = []
  private var hasOthers = false
  private var rows: Manifest.Reader
  /// Rows that were passed over, by their ids.
  private var passed: [String: [ExportedFile]] = [:]
  /// All of this batch's files; nil until somebody needs them.
  private var files: [ExportName: [ExportedFile]]?

  /// Reads of this batch's files, for they alone may be replaced.
  package init(manifest: String, batch: String) throws {
    self.manifest = manifest
    self.batch = batch
    rows = try Manifest.Reader(manifest)
    while let line = try rows.next() {
      // Somebody else wrote a line that is no row, and would miss it in the next manifest.
      guard let row = line.row else {
        throw Failure(inTheWay: "\(manifest):\(line.number): no export wrote this line")
      }
      if row.isOf(batch) {
        ids.insert(row.id.hashValue)
      } else {
        hasOthers = true
        for file in row.files { others.insert(file.name.hashValue) }
      }
    }
    rows = try Manifest.Reader(manifest)
  }

  /// Whether an export of another batch put a file under the name.
  package func isOfAnotherBatch(_ name: ExportName) -> Bool { others.contains(name.hashValue) }

  /// All files of a line, which then is none of the `untold`.
  package func take(_ line: String) throws -> [ExportedFile] {
    if let files = passed.removeValue(forKey: line) { return files }
    guard ids.contains(line.hashValue) else { return [] }
    while let row = try next() {
      if row.id == line { return row.files }
      passed[row.id, default: []] += row.files
    }
    return []
  }

  private func next() throws -> Manifest.Row? {
    while let line = try rows.next() {
      if let row = line.row, row.isOf(batch) { return row }
    }
    return nil
  }

  /// The files of lines that were not asked for, by their ids, sorted.
  package func untold() throws -> [(id: String, files: [ExportedFile])] {
    while let row = try next() { passed[row.id, default: []] += row.files }
    return passed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Whether an export of this batch, and of no other one, put a file with these bytes under the name.
  package func isKnown(_ digest: Digest, as name: ExportName) throws -> Bool {
    guard !isOfAnotherBatch(name) else { return false }
    if files == nil {
      var all: [ExportName: [ExportedFile]] = [:]
      let reader = try Manifest.Reader(manifest)
      while let line = try reader.next() {
        guard let row = line.row, row.isOf(batch) else { continue }
        for file in row.files { all[file.name, default: []].append(file) }
      }
      files = all
    }
    return files?[name]?.contains { $0.digest == digest } ?? false
  }

  /// Hands over the rows of other batches as they were written.
  package func eachForeignRow(_ body: (String) throws -> Void) throws {
    guard hasOthers else { return }
    let reader = try Manifest.Reader(manifest)
    while let line = try reader.next() {
      if line.row?.isOf(batch) == false { try body(String(decoding: line.bytes, as: UTF8.self)) }
    }
  }
}

extension Failure {
  /// Something of a person's has the name of what an export writes.
  package init(inTheWay sentence: String) {
    self.init("\(sentence): move the file away, or export --to another folder", .cannotCreate)
  }
}
