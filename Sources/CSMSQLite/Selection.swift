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
      named.items += items
      guard items.isEmpty else { continue }
      let job = try Job.ID(id).flatMap {
        try Job.ID.fetchOne(db, sql: "SELECT id FROM job WHERE id = ?", arguments: [$0])
      }
      if let job { named.jobs.append(job) } else { named.unknown.append(id) }
    }
    return named
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "%_\\".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}

extension JobTable {
  /// The ids of the selection that name neither a line nor a job.
  package func unknownIDs(in selection: Selection) throws -> [String] {
    try read { try selection.resolved($0).unknown }
  }
}
