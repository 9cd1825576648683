import CSMCore
import GRDB

/// Selects lines; all conditions must hold.
package struct Selection: Sendable {
  package var states: Set<JobState.Name> = []
  package var batch: String?
  /// Ids of lines, with or without `batch:`; a number that is no line's id is a job's.
  package var ids: [String] = []
  /// Exact names of lines; no patterns.
  package var lines: [JobTable.LineName] = []
  /// Numbers of jobs, with all lines that they have or had.
  package var jobs: [Job.ID] = []
  /// Part of the author's or the sent text; ASCII letters match in either case.
  package var text: String?
  /// Speakers as the author writes them, or numbers where the author names nobody.
  package var speakers: [String] = []
  /// Names of voices; `-` for no voice.
  package var voices: [String] = []
  /// The class of a job's error, fal's or csmd's.
  package var errorClass: String?
  /// Names of checks or severities, one of which the audio must have; see `AudioMark.names`.
  package var checks: Set<String> = []
  /// Whether to select present lines, former ones, or both.
  package var age = Age.current
  /// Whether an id may match lines of several batches; if not, such an id throws `Ambiguity`.
  package var mayNameSeveral = true
  /// Which present and former lines to select.
  package enum Age: Sendable {
    case current
    /// Present lines with all takes of their words.
    case withTakes
    /// Earlier words and takes, and lines that are gone from their file.
    case former
    /// Present and former lines.
    case any
  }

  package init() {}

  /// Jobs whose stored audio is lost.
  package static var lostAudio: Selection {
    var selection = Selection()
    selection.states = [.held]
    selection.errorClass = JobTable.lostAudio
    selection.age = .any
    return selection
  }

  /// Whether everything is selected.
  package var isEmpty: Bool {
    states.isEmpty && batch == nil && text == nil && speakers.isEmpty && voices.isEmpty
      && errorClass == nil && checks.isEmpty && !names
  }

  /// Whether the table keeps a count of the selected lines.
  var isCounted: Bool {
    text == nil && speakers.isEmpty && voices.isEmpty && errorClass == nil && checks.isEmpty
      && !names && age == .current
  }

  /// The most jobs in the selected states for which the jobs are looked up by state.
  ///
  /// With more, a walk in list order soon meets the lines it looks for.
  private static let rareMax = 20_000

  /// The source to walk for a list that goes batch by batch.
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

  /// Whether jobs in doubt are named explicitly.
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
      // Each as one argument: SQLite allows 250,000 of them.
      let (items, numbers) = ("\(named.items)", "\(named.jobs + jobs)")
      conditions.append(
        """
        (item.id IN (SELECT value FROM json_each(\(items)))
          OR item.job_id IN (SELECT value FROM json_each(\(numbers))))
        """)
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

  /// A fast test that an input may contain the text; decoding its JSON takes ten times as long.
  ///
  /// Within a turn, raw JSON has the text as it is, but for what JSON escapes. A text that goes on in the
  /// next turn is found by its longest word.
  private static func maySay(_ text: String) -> SQL {
    let pieces = text.unicodeScalars.split {
      $0.value < 0x20 || "\"\\/".unicodeScalars.contains($0)
    }
    let words = text.unicodeScalars.split { !$0.properties.isAlphabetic && !("0"..."9" ~= $0) }
    guard let piece = pieces.max(by: { $0.count < $1.count }),
      let word = words.max(by: { $0.count < $1.count })
    else { return "TRUE" }
    // csm never escapes letters as \u0061, but others may.
    return """
      (job.input LIKE \("%\(String(piece))%") OR instr(job.input, '\\u') > 0
        OR instr(substr(job.input, instr(job.input, '"text"') + 6), '"text"') > 0
          AND job.input LIKE \("%\(String(word))%"))
      """
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "%_\\".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}
