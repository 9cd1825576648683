import CSMCore
import CSMFiles
import CSMSQLite
import Foundation
import GRDB

/// A line that `add` has acknowledged.
package struct Acknowledged: Sendable {
  package let batch: String
  package let line: String
  /// The author's words.
  package let text: String

  package init(batch: String, line: String, text: String) {
    self.batch = batch
    self.line = line
    self.text = text
  }
}

/// The check that all campaigns share: what must be true whenever the daemon is not writing.
///
/// It compares three witnesses: the table, the store, and the ledger of requests that fal accepted.
package struct Invariants {
  /// What the daemon may do.
  package struct Policy: Sendable {
    /// The grace after which a lost submit may be sent again; nil if it never may.
    package var resubmitsAfter: Duration?
    package var price: Price
    /// How much later than its recorded time a transition may have been written.
    ///
    /// This is how long the table could not be written, plus how far the clock was set back.
    package var writingMax: Duration

    package init(
      resubmitsAfter: Duration?, price: Price, writingMax: Duration = .seconds(2)
    ) {
      self.resubmitsAfter = resubmitsAfter
      self.price = price
      self.writingMax = writingMax
    }
  }

  /// The result of a check.
  package struct Findings: Sendable {
    /// Violations, in sentences; empty if all is well.
    package var violations: [String] = []
    /// Jobs that have not ended, although no gate that a person or the clock opens holds them up.
    package var unfinished: [String] = []
    /// Jobs by state.
    package var states: [JobState.Name: Int] = [:]
    /// SHA-256 of all transitions with their times, in hexadecimal.
    package var trace = ""
  }

  let database: String
  let storeRoot: String
  var ledger: [LedgerEntry]
  let uploaded: [String: Digest]
  let acknowledged: [Acknowledged]
  let key: String
  let policy: Policy
  let otherFiles: [String]

  /// - Parameters:
  ///   - database: the path of `csm.db`.
  ///   - storeRoot: the folder that holds `objects`, `tmp` and `quarantine`.
  ///   - ledger: every POST that was accepted.
  ///   - uploaded: the files at the URLs of fal's storage; empty if unknown.
  ///   - acknowledged: the lines that must be in the table.
  ///   - key: fal's key, which no file may contain.
  ///   - otherFiles: more files that must not contain the key, such as logs.
  package init(
    database: String, storeRoot: String, ledger: [LedgerEntry], uploaded: [String: Digest] = [:],
    acknowledged: [Acknowledged], key: String, policy: Policy, otherFiles: [String] = []
  ) {
    self.database = database
    self.storeRoot = storeRoot
    self.ledger = ledger
    self.uploaded = uploaded
    self.acknowledged = acknowledged
    self.key = key
    self.policy = policy
    self.otherFiles = otherFiles
  }

  /// Reads everything and reports what is wrong.
  ///
  /// The daemon may be running, but not in the middle of a round. If it died, it must have been started
  /// again, or the files that it left in `tmp` count as violations.
  ///
  /// - Throws: if the table cannot be read.
  package func check() throws -> Findings {
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: database, configuration: configuration)
    defer { try? queue.close() }
    var findings = Findings()
    try queue.read { db in
      findings.violations += try soundness(db)
      findings.violations += try lines(db) + takes(db) + rerolls(db)
      findings.violations += try uploads(db)
      var known = self
      known.ledger = try withFiles(db)
      let jobs = try CheckedJob.all(db)
      let histories = try History.all(db)
      for job in jobs { findings.states[job.state, default: 0] += 1 }
      findings.violations += Self.states(jobs, histories)
      findings.violations += known.payments(jobs, histories)
      findings.violations += try money(db, jobs, histories)
      findings.violations += try budgets(db)
      findings.violations += try known.objects(db, jobs)
      findings.violations += try Chains(db, jobs, histories).complaints()
      findings.unfinished = try unfinished(db, jobs)
      findings.trace = History.trace(histories)
    }
    findings.violations += try leftovers() + secrets()
    return findings
  }

  /// Checks the file with SQLite's own checks, and the counts of lines.
  private func soundness(_ db: Database) throws -> [String] {
    let complaints = try String.fetchAll(db, sql: "PRAGMA integrity_check(10)")
    let dangling = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check")
    return (complaints == ["ok"] ? [] : complaints) + dangling.map { "dangling reference: \($0)" }
      + (try JobTable.isMiscounted(db) ? ["the counts of lines are not those of the rows"] : [])
  }

  /// Checks that each acknowledged line is in the table, with its words.
  private func lines(_ db: Database) throws -> [String] {
    let statement = try db.makeStatement(
      sql: """
        SELECT coalesce(item.text, job.input ->> '$.scene[0].text')
        FROM batch_item AS item
        JOIN batch ON batch.id = item.batch_id
        JOIN job ON job.id = item.job_id
        WHERE batch.name = ? AND item.line = ? AND item.former IS NULL
        """)
    return try acknowledged.compactMap { wanted in
      let text = try String.fetchOne(statement, arguments: [wanted.batch, wanted.line])
      guard text != wanted.text else { return nil }
      return "line \(wanted.line) of \(wanted.batch) is lost or has other words: \(text ?? "none")"
    }
  }

  /// Checks that each line shows the right take.
  ///
  /// If a take of a line has audio, the line must not show one without, unless that take's audio was stored
  /// and then lost. Once the take that should become the line is stored, the line must show it.
  private func takes(_ db: Database) throws -> [String] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT item.line, job.state, other.take
        FROM batch_item AS item
        JOIN job ON job.id = item.job_id
        JOIN batch_item AS take ON take.batch_id = item.batch_id AND take.line = item.line
        JOIN job AS other ON other.id = take.job_id
        WHERE item.former IS NULL AND take.former = 'retaken' AND other.state = 'STORED'
          AND (
            take.is_next = 1
            OR job.state <> 'STORED' AND NOT EXISTS (
              SELECT 1 FROM transition WHERE job_id = job.id AND from_state = 'STORED'))
        """
    ).map { row in
      let (line, state, take): (String, String, Int) = (row["line"], row["state"], row["take"])
      return "line \(line) is \(state), and its take \(take) is stored"
    }
  }

  /// Checks that csmd added no more takes to a line than it may, and none without a line.
  private func rerolls(_ db: Database) throws -> [String] {
    let many = try String.fetchAll(
      db,
      sql: """
        SELECT format('line %s has %d takes that csmd added', item.line, count(DISTINCT job.id))
        FROM batch_item AS item
        JOIN batch ON batch.id = item.batch_id
        JOIN job ON job.id = item.job_id AND job.is_reroll = 1
        WHERE item.former IS NULL OR item.former = 'retaken'
        GROUP BY item.batch_id, item.line
        HAVING count(DISTINCT job.id) > batch.rerolls
        """)
    let stray = try String.fetchAll(
      db,
      sql: """
        SELECT format('take %d was added to no line', id)
        FROM job
        WHERE is_reroll = 1 AND id NOT IN (SELECT job_id FROM batch_item)
        """)
    return many + stray
  }

  /// Jobs that have not ended and do not wait for a person or the clock.
  private func unfinished(_ db: Database, _ jobs: [CheckedJob]) throws -> [String] {
    let gates = try Set(String.fetchAll(db, sql: "SELECT name FROM gate"))
    let waits = !gates.isDisjoint(with: ["paused", "budget", "hours", "audio"])
    let short = try Set(
      Int64.fetchAll(db, sql: "SELECT id FROM job WHERE waits_for = 'budget'"))
    // A turn waits for an earlier turn that is held or waits itself.
    let chained = try Set(
      Int64.fetchAll(
        db,
        sql: """
          SELECT need.job_id
          FROM job_need AS need
          JOIN job AS needed ON needed.id = need.needs_id
          WHERE needed.state IN ('QUEUED', 'HELD')
          """))
    let waiting = short.union(chained)
    return jobs.filter { job in
      !job.state.isEnded && !(job.state == .queued && (waits || waiting.contains(job.id)))
    }
    .map { "job \($0.id) stays \($0.state.rawValue), behind gates: \(gates.sorted())" }
  }
}

/// The columns of a job that are checked.
struct CheckedJob {
  let id: Int64
  let input: SpeechRequest
  let characters: Int
  let state: JobState.Name
  let requestID: String?
  let digest: Digest?

  static func all(_ db: Database) throws -> [CheckedJob] {
    let decoder = JSONDecoder()
    return try Row.fetchAll(
      db, sql: "SELECT id, input, chars, state, request_id, hex(digest) AS digest FROM job"
    ).map { row in
      guard let state = JobState.Name(rawValue: row["state"]) else {
        throw DatabaseError(message: "job \(row["id"] as Int64) is in no state")
      }
      return CheckedJob(
        id: row["id"],
        input: try decoder.decode(SpeechRequest.self, from: Data((row["input"] as String).utf8)),
        characters: row["chars"], state: state, requestID: row["request_id"],
        digest: Digest(hex: (row["digest"] as String).lowercased()))
    }
  }
}
