import CSMCore
import GRDB

/// Which lines are meant; all that is said must hold.
package struct Selection: Sendable {
  package var states: Set<JobState.Name> = []
  package var batch: String?
  /// Ids of lines, with or without `batch:` before them; a number that is no line's id is a job's.
  package var ids: [String] = []
  /// Numbers of jobs, with whatever lines they have or had.
  package var jobs: [Job.ID] = []
  /// A part of the author's or the sent text, whatever the case of ASCII letters.
  package var text: String?
  /// What went wrong with a job, in fal's word or ours.
  package var errorClass: String?
  /// Whether lines are meant as they are now, or what they were before.
  package var age = Age.current
  /// Whether an id may name the lines of several batches; otherwise such a one is an `Ambiguity`.
  package var mayNameSeveral = true

  /// Whether lines are meant as they are now, or what they were before.
  package enum Age: Sendable {
    case current
    /// With all takes of their words.
    case withTakes
    /// Earlier words and takes, and lines that are gone from their file.
    case former
    /// Whatever they are or were.
    case any
  }

  package init() {}

  /// Jobs whose audio was stored and is not there any more.
  package static var lostAudio: Selection {
    var selection = Selection()
    selection.states = [.held]
    selection.errorClass = JobTable.lostAudio
    selection.age = .any
    return selection
  }

  /// Whether everything is meant.
  package var isEmpty: Bool {
    states.isEmpty && batch == nil && text == nil && !names
  }

  /// Whether jobs in doubt are meant, and not only taken along.
  var meansDoubtful: Bool { names || states.contains(.unknown) }

  /// Whether lines or jobs are named one by one.
  private var names: Bool { !ids.isEmpty || !jobs.isEmpty }

  /// The condition on `job`, `item` and `batch`, with its arguments.
  func condition(_ db: Database) throws -> SQL {
    var conditions: [SQL] = []
    if !states.isEmpty {
      conditions.append("job.state IN \(states.map(\.rawValue).sorted())")
    }
    if let batch { conditions.append("batch.name = \(batch)") }
    if let errorClass { conditions.append("job.error_class = \(errorClass)") }
    if let text {
      let pattern = "%\(Self.escaped(text))%"
      conditions.append(
        """
        (item.text LIKE \(pattern) ESCAPE '\\' OR \(LineRow.sent) LIKE \(pattern) ESCAPE '\\')
        """)
    }
    if names {
      let named = try resolved(db)
      conditions.append("(item.id IN \(named.items) OR item.job_id IN \(named.jobs + jobs))")
    } else {
      conditions.append(isMeant)
    }
    return conditions.joined(separator: " AND ")
  }

  private var isMeant: SQL {
    switch age {
    case .current: "item.former IS NULL"
    case .withTakes: "(item.former IS NULL OR item.former = 'retaken')"
    case .former: "item.former IS NOT NULL"
    case .any: "TRUE"
    }
  }

  /// What the ids name.
  struct Named {
    /// Rows of `batch_item`.
    var items: [Int64] = []
    var jobs: [Job.ID] = []
    /// Ids that name nothing.
    var unknown: [String] = []
  }

  /// Finds what each id names: a line, wherever there is one of this id in the batch that is meant, or
  /// else the job of this number.
  func resolved(_ db: Database) throws -> Named {
    var named = Named()
    let lines: SQL = """
      SELECT item.id
      FROM batch
      CROSS JOIN batch_item AS item ON item.batch_id = batch.id
      WHERE \(isMeant)
      """
    for id in ids {
      var items = try SQLRequest<Int64>(
        literal: batch.map { "\(lines) AND item.line = \(id) AND batch.name = \($0)" }
          ?? "\(lines) AND item.line = \(id)"
      ).fetchAll(db)
      // A batch's name may hold colons itself, and so may a line's id.
      for colon in id.indices where id[colon] == ":" {
        let (name, line) = (String(id[..<colon]), String(id[id.index(after: colon)...]))
        items += try SQLRequest<Int64>(
          literal: "\(lines) AND batch.name = \(name) AND item.line = \(line)"
        ).fetchAll(db)
      }
      if !mayNameSeveral { try demandOne(id, items, db) }
      named.items += items
      guard items.isEmpty else { continue }
      let job = try Job.ID(id).flatMap {
        try Job.ID.fetchOne(db, sql: "SELECT id FROM job WHERE id = ?", arguments: [$0])
      }
      if let job { named.jobs.append(job) } else { named.unknown.append(id) }
    }
    return named
  }

  /// Lines of several batches that share a job are one thing to decide about.
  private func demandOne(_ id: String, _ items: [Int64], _ db: Database) throws {
    guard batch == nil, items.count > 1 else { return }
    let request: SQLRequest<Row> = """
      SELECT batch.name, item.line, item.job_id
      FROM batch_item AS item
      CROSS JOIN batch ON batch.id = item.batch_id
      WHERE item.id IN \(items)
      ORDER BY item.id
      """
    let rows = try request.fetchAll(db)
    let batches: Set<String> = Set(rows.map { $0["name"] })
    let jobs: Set<Job.ID> = Set(rows.map { $0["job_id"] })
    guard let first = rows.first, batches.count > 1, jobs.count > 1 else { return }
    throw Ambiguity(id: id, example: .init(batch: first["name"], line: first["line"]))
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "%_\\".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}

/// An id that lines of several batches have, where it must be said which is meant.
package struct Ambiguity: Error, CustomStringConvertible {
  let id: String
  let example: JobTable.LineName

  package init(id: String, example: JobTable.LineName) {
    self.id = id
    self.example = example
  }

  package var description: String {
    "\(id) is a line of several batches: name one as BATCH:LINE, such as "
      + ShellWord.quoted("\(example.batch):\(example.line)")
  }
}

extension JobTable {
  /// An id that names neither a line nor a job.
  package struct UnknownID: Sendable {
    package let id: String
    /// Whether it is the name of a batch.
    package let isBatch: Bool
  }

  /// The ids of the selection that name neither a line nor a job.
  package func unknownIDs(in selection: Selection) throws -> [UnknownID] {
    try read { db in
      try selection.resolved(db).unknown.map { id in
        UnknownID(id: id, isBatch: try Self.hasBatch(db, id))
      }
    }
  }
}
