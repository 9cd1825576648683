import CSMCore
import GRDB

/// Which lines are meant; all that is said must hold.
package struct Selection: Sendable {
  package var states: Set<JobState.Name> = []
  package var batch: String?
  /// Ids of lines, with or without `batch:` before them; a number that is no line's id is a job's.
  package var ids: [String] = []
  /// Lines by their names, which are no patterns.
  package var lines: [JobTable.LineName] = []
  /// Numbers of jobs, with whatever lines they have or had.
  package var jobs: [Job.ID] = []
  /// A part of the author's or the sent text, whatever the case of ASCII letters.
  package var text: String?
  /// Who speaks, as the author writes it, or as a number where the author names nobody.
  package var speakers: [String] = []
  /// Names of voices; `-` for none.
  package var voices: [String] = []
  /// What went wrong with a job, in fal's word or ours.
  package var errorClass: String?
  /// Names of checks that the audio has one of, or how bad they are; see `AudioMark.names`.
  package var checks: Set<String> = []
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
    states.isEmpty && batch == nil && text == nil && speakers.isEmpty && voices.isEmpty
      && errorClass == nil && checks.isEmpty && !names
  }

  /// Whether the table has counted what is meant.
  var isCounted: Bool {
    text == nil && speakers.isEmpty && voices.isEmpty && errorClass == nil && checks.isEmpty
      && !names && age == .current
  }

  /// Jobs of states that so few are in are looked for by their state; the lines of others soon come up in
  /// the order in which they are listed.
  private static let rareMax = 20_000

  /// What is walked for a list that goes from batch to batch.
  func source(_ db: Database) throws -> SQL {
    guard isCounted, !states.isEmpty else { return LineRow.source }
    let lines = try Tally(db, of: "TRUE").lines.filter { states.contains($0.key) }.values
    guard lines.reduce(0, +) <= Self.rareMax else {
      let lines: SQL = """
        batch_item AS item INDEXED BY batch_item_order
        """
      return batch == nil
        ? "FROM \(lines) CROSS JOIN batch ON batch.id = item.batch_id CROSS JOIN job ON job.id = item.job_id"
        : "FROM batch CROSS JOIN \(lines) ON item.batch_id = batch.id CROSS JOIN job ON job.id = item.job_id"
    }
    return """
      FROM job INDEXED BY job_state
      CROSS JOIN batch_item AS item INDEXED BY batch_item_job ON item.job_id = job.id
      CROSS JOIN batch ON batch.id = item.batch_id
      """
  }

  /// Whether jobs in doubt are meant, and not only taken along.
  var meansDoubtful: Bool { names || states.contains(.unknown) }

  /// Whether lines or jobs are named one by one.
  private var names: Bool { !ids.isEmpty || !lines.isEmpty || !jobs.isEmpty }

  /// The condition on `job`, `item` and `batch`, with its arguments.
  func condition(_ db: Database) throws -> SQL {
    let condition = try conditionOnRows(db)
    return checks.isEmpty ? condition : try marked(among: condition, db)
  }

  private func conditionOnRows(_ db: Database) throws -> SQL {
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
        (item.text LIKE \(pattern) ESCAPE '\\'
          OR \(Self.maySay(text)) AND \(LineRow.sent) LIKE \(pattern) ESCAPE '\\')
        """)
    }
    if !speakers.isEmpty { conditions.append(isSpoken) }
    if !voices.isEmpty {
      conditions.append("coalesce(item.voice, '-') COLLATE NOCASE IN \(voices)")
    }
    if names {
      let named = try resolved(db)
      conditions.append("(item.id IN \(named.items) OR item.job_id IN \(named.jobs + jobs))")
    } else {
      conditions.append(isMeant)
    }
    return conditions.joined(separator: " AND ")
  }

  private var isSpoken: SQL {
    """
    coalesce(item.speaker, CAST(\(LineRow.speakerID) AS TEXT)) COLLATE NOCASE IN \(speakers)
    """
  }

  var isMeant: SQL {
    switch age {
    case .current: "item.former IS NULL"
    case .withTakes: "(item.former IS NULL OR item.former = 'retaken')"
    case .former: "item.former IS NOT NULL"
    case .any: "TRUE"
    }
  }

  /// What a job's input must fulfil to say this: to look for the longest word in the JSON as it is takes a
  /// tenth of the time that it takes to read it.
  private static func maySay(_ text: String) -> SQL {
    let words = text.unicodeScalars.split { !$0.properties.isAlphabetic && !("0"..."9" ~= $0) }
    guard let word = words.max(by: { $0.count < $1.count }) else { return "TRUE" }
    // None of ours, but others may write letters as \u0061.
    return "(job.input LIKE \("%\(String(word))%") OR instr(job.input, '\\u') > 0)"
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "%_\\".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}
