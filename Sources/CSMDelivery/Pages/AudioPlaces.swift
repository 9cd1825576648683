import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// The places where the page finds the audio of lines.
package struct AudioPlaces {
  private let store: AudioStore
  /// The files of each line in the export, by the line's id and the stored audio that they were made of.
  private var exported: [String: [Digest: String]] = [:]
  private let exportFolder: String?
  private let page: String

  package init(store: AudioStore, batch: String, export: String?, seenFrom page: String) throws {
    self.store = store
    self.page = page
    exportFolder = export.map { URL(filePath: $0).standardizedFileURL.path }
    guard let exportFolder else { return }
    var isThere = false
    try Manifest.eachLine(of: "\(exportFolder)/manifest.jsonl") { line in
      guard let row = line.row, row.isOf(batch) else { return }
      isThere = true
      // A line has a row for each take; a present file wins over one of an earlier export.
      for file in row.files
      where file.name == row.file?.name || exported[row.id]?[file.source] == nil {
        exported[row.id, default: [:]][file.source] = file.name.description
      }
    }
    guard isThere else {
      throw Failure(
        "there is no export of \(batch) in \(exportFolder): csm-enqueue export \(ShellWord.quoted(batch)) "
          + "--to \(ShellWord.quoted(exportFolder)) makes one", .noInput)
    }
  }

  /// The URL of a take's audio, relative to the page; nil if there is none, such as for a take that is not
  /// in the export.
  package func url(of take: LineRow) -> String? {
    guard let digest = take.digest else { return nil }
    guard let exportFolder else { return relative(store.path(of: digest)) }
    return exported[take.line]?[digest].map { relative("\(exportFolder)/\($0)") }
  }

  private func relative(_ path: String) -> String {
    let (from, to) = (page.split(separator: "/"), path.split(separator: "/"))
    let shared = zip(from, to).prefix { $0 == $1 }.count
    let up = Array(repeating: "..", count: from.count - shared)
    let down = to.dropFirst(shared).map {
      $0.addingPercentEncoding(
        withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~")))
        ?? ""
    }
    return (up + down).joined(separator: "/")
  }
}
