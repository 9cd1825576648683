import CSMCore
import Foundation
import GRDB

extension LineRow {
  /// The lines with these row ids.
  static func fetch(
    _ items: [Int64], _ hearings: inout Hearings, _ db: Database
  ) throws -> [Int64: LineRow] {
    // Most lines have one or two takes, so most of these statements are the same.
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

  /// fal's speaker id of the first speaker.
  static let speakerID: SQL = "CAST(\(input) ->> '$.scene[0].speaker_id' AS INTEGER)"

  /// A job's input, or an empty one instead of invalid JSON, which would abort the whole statement.
  private static let input: SQL = "iif(json_valid(job.input), job.input, '{}')"

  /// The lines of this batch whose turns a job needs and that have not ended, as JSON, oldest first.
  static let unended: SQL = """
    SELECT json_group_array(other.line)
    FROM job_need AS need
    CROSS JOIN job AS needed ON needed.id = need.needs_id
    CROSS JOIN batch_item AS other ON other.job_id = needed.id
    WHERE need.job_id = job.id AND needed.state NOT IN \(sql: States.settled)
      AND other.batch_id = item.batch_id AND (other.former IS NULL OR other.is_next)
    """

  static let columns: SQL = """
    job.id, item.line, item.is_numbered, batch.name AS batch, job.state, job.take, job.request_id, job.submits,
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

  /// - Parameter hearings: tells how to judge the audio of the line's batch.
  init(row: Row, _ hearings: inout Hearings, _ db: Database) throws {
    let sent: String = row["sent"] ?? ""
    let verdict = (row["verdict"] as String?).flatMap(Verdict.init(column:))
    let isAccepted: Bool = row["is_accepted"]
    let hasAudio = row["digest"] as Data? != nil
    // Without audio, the hearing of its batch is not needed.
    var context =
      hasAudio
      ? try hearings.of(row["batch_id"], db).context(of: sent, by: row["voice"] ?? row["speaker"])
      : AudioContext(text: sent)
    context.turns = row["turns"] ?? 1
    context.milliseconds = row["duration_ms"]
    context.isDuplicate = row["is_duplicate"]
    context.isStale = row["is_stale"]
    context.verdict = verdict
    self.init(
      id: row["id"], line: row["line"], isNumbered: row["is_numbered"], batch: row["batch"],
      state: .init(column: row["state"]),
      take: row["take"],
      takes: row["takes"], former: (row["former"] as String?).flatMap(FormerReason.init(rawValue:)),
      requestID: row["request_id"], submits: row["submits"], attempts: row["attempts"],
      errorClass: row["error_class"], error: row["error"], text: row["text"] ?? sent, sent: sent,
      speakerID: row["speaker_id"], speaker: row["speaker"], voice: row["voice"],
      scene: row["scene"], turn: row["turn"], waitsFor: try WaitsFor(row: row),
      characters: row["chars"], cost: row["cost"],
      digest: Digest(column: row["digest"]), bytes: row["bytes"],
      durationMilliseconds: row["duration_ms"], mediaType: row["media_type"],
      priority: row["priority"], createdAt: row["created_at"],
      updatedAt: row["updated_at"], finishedAt: row["finished_at"],
      sourceFile: row["source_file"], sourceLine: row["source_line"], meta: row["meta"],
      author: Author(row: row),
      marks: hasAudio && !isAccepted ? AudioMark.all(AudioMeasure(row: row), context) : [],
      measure: hasAudio ? AudioMeasure(row: row) : nil,
      endpoint: row["endpoint"], consent: row["consent"],
      isAccepted: isAccepted, isPinned: row["is_pinned"], verdict: verdict,
      isReroll: row["is_reroll"],
      context: context)
  }
}

extension Verdict {
  /// Reads the JSON that the query builds.
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
