import CSMCore
import CSMFiles
import CSMInput
import CSMWorkplace
import Foundation

/// What the manifest in a folder says of the files that earlier runs put there; nothing where there is none.
package struct EarlierExport {
  private let manifest: String
  private let batch: String
  private var files: [ExportName: ExportedFile] = [:]
  private var names: [String: [ExportName]] = [:]
  private var others: Set<ExportName> = []

  /// Reads of this batch's files, for they alone may be replaced.
  package init(manifest: String, batch: String) throws {
    self.manifest = manifest
    self.batch = batch
    try Manifest.eachLine(of: manifest) { line in
      // Somebody else wrote a line that is no row, and would miss it in the next manifest.
      guard let row = line.row else {
        throw Failure(inTheWay: "\(manifest):\(line.number): no export wrote this line")
      }
      guard row.isOf(batch) else { return others.formUnion(row.files.map(\.name)) }
      for file in row.files {
        files[file.name] = file
        names[row.id, default: []].append(file.name)
      }
    }
    // What two batches have, because it is the same audio, is neither's to replace.
    for name in others { files[name] = nil }
  }

  /// The file that an export of this batch put under a name.
  package subscript(name: ExportName) -> ExportedFile? { files[name] }

  /// Whether an export of another batch put a file under the name.
  package func isOfAnotherBatch(_ name: ExportName) -> Bool { others.contains(name) }

  /// All files of a line, which then is none of the `untold`.
  package mutating func take(_ line: String) -> [ExportedFile] {
    names.removeValue(forKey: line)?.compactMap { files[$0] } ?? []
  }

  /// The ids of the lines that were not asked for, sorted.
  package var untold: [String] { names.keys.sorted() }

  /// Hands over the rows of other batches as they were written.
  package func eachForeignRow(_ body: (String) throws -> Void) throws {
    try Manifest.eachLine(of: manifest) { line in
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
