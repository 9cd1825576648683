import CSMCore
import CSMFiles
import CSMInput
import CSMWorkplace
import Foundation

/// The files that earlier runs put into a folder, from its manifest, if there is one, and from the notes of
/// interrupted runs.
///
/// The manifest lists lines in the order of their batch, and callers ask in the same order. It is read
/// alongside them, and memory holds only eight bytes a line. It holds more only for lines in another order,
/// or for a file that now belongs to another line.
package final class EarlierExport {
  private let manifest: String
  private let batch: String
  /// The ids of this batch that have rows, and the names of other batches' files, as hashes.
  private var ids: Set<Int> = []
  private var others: Set<Int> = []
  private var hasOthers = false
  private var rows: Manifest.Reader
  /// The files of rows that were passed over, by the rows' ids.
  private var passed: [String: [ExportedFile]] = [:]
  /// What interrupted runs may have left, by line, until the line is asked for.
  private var interrupted: [String: [ExportedFile]]
  /// All of this batch's files in the manifest; nil until somebody needs them.
  private var files: [ExportName: [ExportedFile]]?

  /// Reads the manifest; only files of this batch may be replaced.
  ///
  /// - Parameter interrupted: what interrupted runs may have left, by line.
  package init(
    manifest: String, batch: String, interrupted: [String: [ExportedFile]] = [:]
  ) throws {
    self.manifest = manifest
    self.batch = batch
    self.interrupted = interrupted
    rows = try Manifest.Reader(manifest)
    while let line = try rows.next() {
      // A line that is not a row was written by somebody else, and the next manifest would lose it.
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

  /// Whether an export of another batch wrote a file with this name.
  package func isOfAnotherBatch(_ name: ExportName) -> Bool { others.contains(name.hashValue) }

  /// All files of a line, which is then left out of `untold`.
  package func take(_ line: String) throws -> [ExportedFile] {
    completed(try listed(line), of: line)
  }

  /// The files of a line in the manifest.
  private func listed(_ line: String) throws -> [ExportedFile] {
    if let files = passed.removeValue(forKey: line) { return files }
    guard ids.contains(line.hashValue) else { return [] }
    while let row = try next() {
      if row.id == line { return row.files }
      passed[row.id, default: []] += row.files
    }
    return []
  }

  /// Adds what interrupted runs may have left of the line.
  private func completed(_ files: [ExportedFile], of line: String) -> [ExportedFile] {
    guard let more = interrupted.removeValue(forKey: line) else { return files }
    return files
      + more.filter { one in
        !isOfAnotherBatch(one.name)
          && !files.contains { $0.name == one.name && $0.digest == one.digest }
      }
  }

  private func next() throws -> Manifest.Row? {
    while let line = try rows.next() {
      if let row = line.row, row.isOf(batch) { return row }
    }
    return nil
  }

  /// The files of lines that were never asked for, sorted by id.
  package func untold() throws -> [(id: String, files: [ExportedFile])] {
    while let row = try next() { passed[row.id, default: []] += row.files }
    for line in Array(interrupted.keys) { passed[line] = completed(passed[line] ?? [], of: line) }
    return passed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Whether an export of this batch, and of no other, wrote a file with this name and these bytes.
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

  /// Calls `body` for each row of another batch, unchanged.
  package func eachForeignRow(_ body: (String) throws -> Void) throws {
    guard hasOthers else { return }
    let reader = try Manifest.Reader(manifest)
    while let line = try reader.next() {
      if line.row?.isOf(batch) == false { try body(String(decoding: line.bytes, as: UTF8.self)) }
    }
  }
}

extension Failure {
  /// The error for a foreign file whose name an export needs.
  package init(inTheWay sentence: String) {
    self.init("\(sentence): move the file away, or export --to another folder", .cannotCreate)
  }
}
