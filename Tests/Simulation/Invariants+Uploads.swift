import CSMCore
import Foundation
import GRDB

extension Invariants {
  /// Checks that each upload in the table contains its file.
  func uploads(_ db: Database) throws -> [String] {
    guard !uploaded.isEmpty else { return [] }
    return try Self.files(db).compactMap { url, file in
      uploaded[url] == file ? nil : "\(url) does not hold \(file)"
    }.sorted()
  }

  /// The ledger with our files in place of the URLs under which fal read them.
  ///
  /// A URL that the table does not know stays, so its input matches no job.
  func withFiles(_ db: Database) throws -> [LedgerEntry] {
    let files = try Self.files(db)
    return ledger.map { entry in
      var input = entry.input
      for index in input.context.indices {
        guard let file = files[input.context[index].audioURL] else { continue }
        input.context[index].audioURL = ClipSource.object(file).audioURL
      }
      return LedgerEntry(
        requestID: entry.requestID, input: input, audio: entry.audio,
        seemsToFail: entry.seemsToFail)
    }
  }

  private static func files(_ db: Database) throws -> [String: Digest] {
    try Row.fetchAll(db, sql: "SELECT url, hex(digest) AS digest FROM upload").reduce(into: [:]) {
      $0[$1["url"]] = Digest(hex: ($1["digest"] as String).lowercased())
    }
  }
}
