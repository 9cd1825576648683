import CSMCore
import Foundation
import GRDB

// Which of our files is at which URL of fal's storage.

extension JobTable {
  /// The upload of a file that expires last, if it lasts beyond `moment`; nil if there is none.
  package func upload(of digest: Digest, lastingBeyond moment: Timestamp) throws -> Upload? {
    try read { db in
      try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT url, uploaded_at, expires_at
            FROM upload
            WHERE digest = :digest AND dead_at IS NULL AND expires_at > :moment
            ORDER BY expires_at DESC
            LIMIT 1
            """), arguments: ["digest": digest.data, "moment": moment]
      ).map { row in
        Upload(
          digest: digest, url: row["url"], uploadedAt: row["uploaded_at"],
          expiresAt: row["expires_at"])
      }
    }
  }

  /// All URLs that these files ever had, including those that fal can no longer read.
  package func urls(of files: Set<Digest>) throws -> [String] {
    try read { db in
      try files.flatMap { file in
        try String.fetchAll(
          db.cachedStatement(sql: "SELECT url FROM upload WHERE digest = ?"),
          arguments: [file.data])
      }
    }
  }

  /// Records an upload; durable on return.
  ///
  /// - Returns: false if the URL belongs to another file; then nothing was written.
  package func save(_ upload: Upload) throws -> Bool {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO upload (url, digest, uploaded_at, expires_at)
          VALUES (:url, :digest, :uploaded_at, :expires_at)
          ON CONFLICT (url) DO UPDATE
          SET uploaded_at = excluded.uploaded_at, expires_at = excluded.expires_at, dead_at = NULL
          WHERE digest = excluded.digest
          """,
        arguments: [
          "url": upload.url, "digest": upload.digest.data,
          "uploaded_at": upload.uploadedAt,
          "expires_at": upload.expiresAt,
        ])
      return db.changesCount > 0
    }
  }

  /// Gives up the uploads of these files that fal could not read.
  ///
  /// Uploads made at `moment` or later stay: they replace the others.
  package func buryUploads(
    of files: Set<Digest>, before moment: Timestamp, at now: Timestamp
  ) throws {
    try write { db in
      for file in files {
        try db.execute(
          sql: """
            UPDATE upload
            SET dead_at = :now
            WHERE digest = :digest AND dead_at IS NULL AND uploaded_at <= :moment
            """,
          arguments: [
            "now": now, "digest": file.data, "moment": moment,
          ])
      }
    }
  }

  /// Gives up one upload.
  package func bury(_ upload: Upload, at now: Timestamp) throws {
    try write { db in
      try db.execute(
        sql: "UPDATE upload SET dead_at = ? WHERE url = ?",
        arguments: [now, upload.url])
    }
  }

  /// The files that are, or were, at these URLs.
  package func files(at urls: Set<String>) throws -> [String: Digest] {
    try read { db in
      let statement = try db.cachedStatement(sql: "SELECT digest FROM upload WHERE url = ?")
      return try urls.reduce(into: [:]) { files, url in
        files[url] = Digest(column: try Data.fetchOne(statement, arguments: [url]))
      }
    }
  }
}
