import CSMCore
import GRDB
import Synchronization

/// What the recordings of a batch say about one another: the pace of each voice, and the cut-off length.
///
/// Computed when lines are read, from a part of the batch with a fixed maximum size: some milliseconds a
/// batch, whatever its size.
struct BatchHearing: Sendable {
  private let paces: [String: VoicePace]
  private let capMilliseconds: Int?

  /// Sampled places of the batch, and jobs at each; several places, since a voice may fill a stretch of
  /// it.
  private static let places: Int64 = 16
  private static let jobsAPlace = 64
  /// The most jobs whose lengths are compared.
  private static let lengthsMax = 10_000

  init(batch: Int64, _ db: Database) throws {
    paces = try Self.examples(batch, db).mapValues(VoicePace.init(_:))
    capMilliseconds = try LengthCap.find(Self.lengths(batch, db))
  }

  /// How to judge the audio of these words.
  ///
  /// - Parameter voice: nil for lines that name none.
  func context(of text: String, by voice: String?) -> AudioContext {
    var context = AudioContext(text: text)
    context.pace = paces[voice ?? ""] ?? .usual
    context.capMilliseconds = capMilliseconds
    return context
  }

  private static func examples(
    _ batch: Int64, _ db: Database
  ) throws -> [String: [VoicePace.Example]] {
    var examples: [String: [VoicePace.Example]] = [:]
    guard let (first, last) = try JobTable.jobs(of: batch, db) else { return [:] }
    var next = first
    for place in 0..<places {
      next = max(next, first + (last - first) / places * place)
      let request: SQLRequest<Row> = """
        SELECT job.id, sample.voice, \(LineRow.sent) AS sent, \(AudioMeasure.columns)
        FROM (
          SELECT job_id, max(coalesce(voice, speaker)) AS voice
          FROM batch_item
          WHERE batch_id = \(batch) AND job_id >= \(next)
          GROUP BY job_id
          ORDER BY job_id
          LIMIT \(jobsAPlace)) AS sample
        CROSS JOIN job ON job.id = sample.job_id AND job.state = 'STORED'
        CROSS JOIN object ON object.digest = job.digest AND object.samples IS NOT NULL
        """
      let rows = try request.fetchCursor(db)
      while let row = try rows.next() {
        next = max(next, row["id"] + 1)
        guard let measure = AudioMeasure(row: row),
          let example = VoicePace.Example(row["sent"] ?? "", measure)
        else { continue }
        examples[row["voice"] ?? "", default: []].append(example)
      }
    }
    return examples
  }

  private static func lengths(_ batch: Int64, _ db: Database) throws -> [LengthCap.Group] {
    try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT object.duration_ms, count(DISTINCT object.digest) AS recordings,
            min(job.chars) AS least, max(job.chars) AS most
          FROM (
            SELECT DISTINCT job_id
            FROM batch_item
            WHERE batch_id = :batch
            ORDER BY job_id
            LIMIT :limit) AS sample
          CROSS JOIN job ON job.id = sample.job_id AND job.state = 'STORED'
          CROSS JOIN object ON object.digest = job.digest AND object.duration_ms > 0
          GROUP BY object.duration_ms
          ORDER BY object.duration_ms
          """), arguments: ["batch": batch, "limit": lengthsMax]
    ).map { row in
      LengthCap.Group(
        milliseconds: row["duration_ms"], recordings: row["recordings"],
        characters: row["least"]...row["most"])
    }
  }
}

/// The hearings of batches, computed once and renewed after some uses.
struct Hearings: Sendable {
  private var known: [Int64: (hearing: BatchHearing, uses: Int, usesMax: Int)] = [:]
  private let usesMax: Int
  /// The most that the interval between renewals grows: a growing batch teaches less and less.
  private static let growthMax = 64

  /// - Parameter usesMax: after this many uses a hearing is renewed, and the number doubles each time; by
  ///   default it is never renewed.
  init(usesMax: Int = .max) { self.usesMax = usesMax }

  mutating func of(_ batch: Int64, _ db: Database) throws -> BatchHearing {
    let before = known[batch]
    if let (hearing, uses, usesMax) = before, uses < usesMax {
      known[batch]?.uses += 1
      return hearing
    }
    let hearing = try BatchHearing(batch: batch, db)
    let next = before.map { min($0.usesMax * 2, usesMax * Self.growthMax) } ?? usesMax
    known[batch] = (hearing, 1, next)
    return hearing
  }
}

/// The daemon's hearings of the batches it works on, renewed as they grow.
final class RecentHearings: Sendable {
  private let hearings = Mutex(Hearings(usesMax: 64))

  func withLock<Value>(_ body: (inout Hearings) throws -> Value) rethrows -> Value {
    var current = hearings.withLock(\.self)
    defer { hearings.withLock { [current] in $0 = current } }
    return try body(&current)
  }
}
