import CSMCore
import Foundation
import GRDB

/// A line of a batch with the job that speaks it: what `list` and `show` print.
package struct LineRow: Sendable {
  package let id: Int64
  package let line: String
  package let batch: String
  package let state: JobState.Name
  package let take: Int
  /// Takes of the line's words, this one included.
  package let takes: Int
  /// Why the line is this no more; nil for a line as it is now.
  package let former: FormerReason?
  package let requestID: String?
  package let submits: Int
  package let attempts: Int
  package let errorClass: String?
  package let error: String?
  /// The author's text.
  package let text: String
  /// What is sent: the texts of all turns.
  package let sent: String
  /// The id under which fal knows the first speaker.
  package let speakerID: Int?
  /// Who speaks, as the author writes it; nil for several, or none.
  package let speaker: String?
  /// The name of the voice, as it was when the line was added; nil for several, or none.
  package let voice: String?
  /// The scene in which it is said; nil for none.
  package let scene: String?
  /// The number of the turn in its scene, from 1; nil for a whole scene.
  package let turn: Int?
  /// What the job waits for before it may be sent; nil for nothing.
  package let waitsFor: WaitsFor?
  package let characters: Int
  /// What the submits of the job cost so far; nil before the first.
  package let cost: Money?
  package let digest: Digest?
  package let bytes: Int?
  package let durationMilliseconds: Int?
  package let mediaType: String?
  package let priority: Int
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let finishedAt: Timestamp?
  package let sourceFile: String
  package let sourceLine: Int
  /// What else the author's file said of the line, as JSON.
  package let meta: String?
  /// Who added the line; nil for lines from before that was written down.
  package let author: Author?
  /// What a person should know of its audio; empty before there is some, where nothing is wrong, and where
  /// a person accepted it.
  package let marks: [AudioMark]
  /// The figures of its audio; nil before there is some, and where nobody measured it.
  package let measure: AudioMeasure?
  /// The model that is asked.
  package let endpoint: String
  /// What is said of the consent of the person whose voice it is; nil for nothing.
  package let consent: String?
  /// A person heard the audio and found it fine.
  package let isAccepted: Bool
  /// A person chose this take: no other takes its place.
  package let isPinned: Bool
  /// What a person's own judge says of the audio; nil where it was not asked.
  package let verdict: Verdict?
  /// csmd added this take by itself.
  package let isReroll: Bool
  /// What the audio is judged by besides its samples.
  let context: AudioContext
}

extension LineRow {
  /// Whether there is audio, and nothing that a person should know of it.
  package var isGood: Bool { state == .stored && marks.isEmpty }

  /// How good its audio is beside other takes.
  var rank: TakeRank { TakeRank(marks, context, score: verdict?.score) }

  /// The rows with these numbers.
  static func fetch(
    _ items: [Int64], _ hearings: inout Hearings, _ db: Database
  ) throws -> [Int64: LineRow] {
    // Most lines have one take or two, so most of these statements are the same.
    let request = SQLRequest<Row>(
      literal: """
        SELECT item.id AS item, \(columns)
        \(source)
        LEFT JOIN object ON object.digest = job.digest
        WHERE item.id IN \(items)
        """, cached: items.count <= 2)
    return try request.fetchAll(db).reduce(into: [:]) { lines, row in
      lines[row["item"]] = try LineRow(row: row, &hearings, db)
    }
  }
}

/// What a queued job waits for.
package enum WaitsFor: Sendable, Equatable {
  /// The lines of its batch before it that have not ended; none where they are another batch's.
  case turns([String])
  /// Room in its batch's budget.
  case budget
}

extension LineRow {
  static let source: SQL = """
    FROM batch_item AS item
    JOIN batch ON batch.id = item.batch_id
    JOIN job ON job.id = item.job_id
    """

  /// The texts of all turns of a job.
  static let sent: SQL = """
    (
      SELECT group_concat(iif(type = 'object', value ->> 'text', NULL), ' ')
      FROM json_each(\(input), '$.scene'))
    """

  /// The id under which fal knows the first speaker.
  static let speakerID: SQL = "CAST(\(input) ->> '$.scene[0].speaker_id' AS INTEGER)"

  /// A job's input, and an empty one in place of what is no JSON, which would end the whole statement.
  private static let input: SQL = "iif(json_valid(job.input), job.input, '{}')"

  /// The lines of this batch whose turns a job needs and that have not ended, as JSON, the oldest first.
  static let unended: SQL = """
    SELECT json_group_array(other.line)
    FROM job_need AS need
    CROSS JOIN job AS needed ON needed.id = need.needs_id
    CROSS JOIN batch_item AS other ON other.job_id = needed.id
    WHERE need.job_id = job.id AND needed.state NOT IN \(sql: States.settled)
      AND other.batch_id = item.batch_id AND (other.former IS NULL OR other.is_next)
    """

  static let columns: SQL = """
    job.id, item.line, batch.name AS batch, job.state, job.take, job.request_id, job.submits,
    job.attempts, job.error_class, job.error, item.text, job.chars, job.digest, job.priority,
    iif(item.is_next, 'candidate', item.former) AS former,
    iif(
      item.former IN ('edited', 'gone'), 1,
      1 + (
        SELECT count(*)
        FROM batch_item AS take
        WHERE take.batch_id = item.batch_id AND take.line = item.line AND take.former = 'retaken')
    ) AS takes,
    \(sent) AS sent,
    \(speakerID) AS speaker_id,
    item.speaker, item.voice, item.scene, item.turn, job.waits_for,
    CASE WHEN job.waits_for = 'turns' THEN (\(unended)) END AS unended,
    (
      SELECT iif(count(*) > 0, \(sql: saturatingSum("cost")), NULL) FROM submission WHERE job_id = job.id
    ) AS cost,
    object.bytes, object.duration_ms, object.media_type, job.created_at, job.updated_at,
    job.finished_at, item.source_file, item.source_line, item.meta,
    item.added_by, item.added_uid, \(AudioMeasure.columns), item.batch_id, job.endpoint,
    (
      SELECT consent
      FROM voice
      WHERE voice.name = item.voice AND instr(job.input, lower(hex(voice.clip))) > 0
    ) AS consent,
    json_array_length(\(input), '$.scene') AS turns,
    job.digest IS NOT NULL AND (
      EXISTS (SELECT 1 FROM job AS other WHERE other.digest = job.digest AND other.input <> job.input)
      OR object.samples IS NOT NULL AND EXISTS (
        SELECT 1
        FROM object AS twin
        CROSS JOIN job AS other ON other.digest = twin.digest AND other.input <> job.input
        WHERE twin.samples = object.samples AND twin.digest <> object.digest)
    ) AS is_duplicate,
    job.template IS NOT NULL AND EXISTS (
      SELECT 1
      FROM job_need AS need
      WHERE need.job_id = job.id
        AND NOT EXISTS (
          SELECT 1
          FROM batch_item AS take
          WHERE take.job_id = need.needs_id AND take.batch_id = item.batch_id
            AND (take.former IS NULL OR take.former = 'retaken'))
    ) AS is_stale,
    (
      SELECT json_object(
          'grade', grade, 'score', score, 'transcript', transcript, 'reason', reason)
      FROM verdict
      WHERE job_id = job.id AND verdict.digest IS job.digest
    ) AS verdict,
    item.accepted IS NOT NULL AND item.accepted IS job.digest AS is_accepted,
    item.is_pinned, job.is_reroll
    """

  /// - Parameter hearings: what the line's batch tells of its audio.
  init(row: Row, _ hearings: inout Hearings, _ db: Database) throws {
    let sent: String = row["sent"] ?? ""
    let cost: Int64? = row["cost"]
    let finishedAt: Int64? = row["finished_at"]
    let verdict = (row["verdict"] as String?).flatMap(Verdict.init(column:))
    var context = try AudioContext(row: row, sent, &hearings, db)
    context.verdict = verdict
    let isAccepted: Bool = row["is_accepted"]
    let hasMarks = row["digest"] as Data? != nil && !isAccepted
    self.init(
      id: row["id"], line: row["line"], batch: row["batch"], state: .init(column: row["state"]),
      take: row["take"],
      takes: row["takes"], former: (row["former"] as String?).flatMap(FormerReason.init(rawValue:)),
      requestID: row["request_id"], submits: row["submits"], attempts: row["attempts"],
      errorClass: row["error_class"], error: row["error"], text: row["text"] ?? sent, sent: sent,
      speakerID: row["speaker_id"], speaker: row["speaker"], voice: row["voice"],
      scene: row["scene"], turn: row["turn"], waitsFor: try WaitsFor(row: row),
      characters: row["chars"], cost: cost.map(Money.init(microDollars:)),
      digest: Digest(column: row["digest"]), bytes: row["bytes"],
      durationMilliseconds: row["duration_ms"], mediaType: row["media_type"],
      priority: row["priority"], createdAt: Timestamp(milliseconds: row["created_at"]),
      updatedAt: Timestamp(milliseconds: row["updated_at"]),
      finishedAt: finishedAt.map(Timestamp.init(milliseconds:)),
      sourceFile: row["source_file"], sourceLine: row["source_line"], meta: row["meta"],
      author: Author(row: row),
      marks: hasMarks ? AudioMark.all(AudioMeasure(row: row), context) : [],
      measure: row["digest"] as Data? == nil ? nil : AudioMeasure(row: row),
      endpoint: row["endpoint"], consent: row["consent"],
      isAccepted: isAccepted, isPinned: row["is_pinned"], verdict: verdict,
      isReroll: row["is_reroll"],
      context: context)
  }
}

extension Verdict {
  /// Reads what the query puts together.
  fileprivate init?(column: String) {
    struct Columns: Decodable {
      let grade: String
      let score: Double?
      let transcript: String?
      let reason: String?
    }
    guard let columns = try? JSONDecoder().decode(Columns.self, from: Data(column.utf8)),
      let grade = Grade(rawValue: columns.grade)
    else { return nil }
    self.init(
      grade, score: columns.score, transcript: columns.transcript, reason: columns.reason)
  }
}

extension AudioContext {
  fileprivate init(
    row: Row, _ sent: String, _ hearings: inout Hearings, _ db: Database
  ) throws {
    self.init(text: sent)
    turns = row["turns"] ?? 1
    milliseconds = row["duration_ms"]
    isDuplicate = row["is_duplicate"]
    isStale = row["is_stale"]
    // Without audio nobody asks for these.
    guard row["digest"] as Data? != nil else { return }
    let hearing = try hearings.of(row["batch_id"], db)
    pace = hearing.pace(of: row["voice"] ?? row["speaker"])
    capMilliseconds = hearing.capMilliseconds
  }
}

extension JobState.Name {
  /// The state of a job; HELD, which csmd makes it at its next start, for what is none.
  init(column: String) { self = Self(rawValue: column) ?? .held }
}

extension Author {
  init?(row: Row) {
    guard let name: String = row["added_by"], let uid: Int = row["added_uid"] else { return nil }
    self.init(name: name, uid: uid)
  }
}

extension WaitsFor {
  fileprivate init?(row: Row) throws {
    switch row["waits_for"] as String? {
    case "turns":
      let lines: String = row["unended"] ?? "[]"
      self = .turns((try? JSONDecoder().decode([String].self, from: Data(lines.utf8))) ?? [])
    case "budget": self = .budget
    default: return nil
    }
  }
}
