import CSMCore
import GRDB

extension Invariants {
  /// Checks that every submit has a row with a plausible cost.
  func money(_ db: Database, _ jobs: [CheckedJob], _ histories: [Int64: History]) throws
    -> [String]
  {
    let jobs = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0) })
    var complaints: [String] = []
    var generations: [Int64: Set<Int>] = [:]
    for row in try Row.fetchAll(
      db, sql: "SELECT job_id, generation, request_id, cost FROM submission ORDER BY job_id")
    {
      let (id, generation, cost): (Int64, Int, Int64) = (
        row["job_id"], row["generation"], row["cost"]
      )
      generations[id, default: []].insert(generation)
      guard let job = jobs[id] else { continue }
      let price = policy.price.of(characters: max(job.characters, 1000)).microDollars
      if cost > price { complaints.append("a submit of job \(id) costs \(cost) of \(price)") }
      let isSpoken = job.state == .stored && job.requestID == row["request_id"]
      if isSpoken, cost == 0 { complaints.append("job \(id) is spoken, but cost nothing") }
    }
    for (id, history) in histories {
      let claims = Set(history.steps.filter { $0.to == .submitting }.map(\.generation))
      if claims != generations[id] ?? [] {
        complaints.append("job \(id) has submits \(generations[id] ?? []) for claims \(claims)")
      }
    }
    return complaints
  }

  /// Checks that the sum spent of each budget is that of the rows, and that no job or batch waits for a
  /// budget without a reason.
  func budgets(_ db: Database) throws -> [String] {
    let sums = try String.fetchAll(
      db,
      sql: """
        SELECT printf('the budget of %s says that %d is spent, the rows say %d', name, spent, total)
        FROM (
          SELECT name, budget, spent, (
              SELECT coalesce(sum(cost), 0) FROM submission
              WHERE job_id IN (SELECT job_id FROM batch_item WHERE batch_id = batch.id)) AS total
          FROM batch)
        WHERE budget IS NOT NULL AND spent <> total
        """)
    let groundless = try String.fetchAll(
      db,
      sql: """
        SELECT printf('job %d waits for room in a budget, and no batch of it is exhausted', id)
        FROM job
        WHERE waits_for = 'budget' AND NOT EXISTS (
          SELECT 1
          FROM batch_item JOIN batch ON batch.id = batch_item.batch_id
          WHERE job_id = job.id AND exhausted_at IS NOT NULL)
        """)
    let idle = try String.fetchAll(
      db,
      sql: """
        SELECT printf('%s waits, although nothing is out and there is room', name)
        FROM batch
        WHERE exhausted_at IS NOT NULL AND spent + next_cost <= budget AND NOT EXISTS (
          SELECT 1
          FROM batch_item JOIN job ON job.id = job_id
          WHERE batch_id = batch.id
            AND state IN ('SUBMITTING', 'UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS'))
        """)
    return sums + groundless + idle
  }
}

/// Checks after every commit of the daemon that no claim in it exceeded the budget of a batch or a day.
struct BudgetWatch {
  private let queue: DatabaseQueue
  /// The last transition that was checked.
  private var last: Int64 = 0

  init(database: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    queue = try DatabaseQueue(path: database, configuration: configuration)
  }

  func close() throws { try queue.close() }

  /// - Parameter cap: how much may be spent per day; nil for no limit.
  mutating func complaints(cap: Money?) throws -> [String] {
    let before = last
    let (end, complaints) = try queue.unsafeRead { db in
      let news = try Row.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT max(id) AS end, sum(cause = 'claimed') AS claims
            FROM transition WHERE id > :last
            """), arguments: ["last": before])
      let (end, claims): (Int64?, Int?) = (news?["end"], news?["claims"])
      guard let claims, claims > 0 else { return (end ?? before, [String]()) }
      let complaints =
        try Self.batches(db, since: before) + Self.days(db, since: before, cap)
      return (end ?? before, complaints)
    }
    last = end
    return complaints
  }

  private static let claimed = """
    SELECT job_id FROM transition WHERE id > :last AND cause = 'claimed'
    """

  private static func batches(_ db: Database, since last: Int64) throws -> [String] {
    try String.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT printf('a claim brought %s to %d of %d', name, total, budget)
          FROM (
            SELECT name, budget, (
                SELECT sum(cost) FROM submission
                WHERE job_id IN (SELECT job_id FROM batch_item WHERE batch_id = batch.id)) AS total
            FROM batch
            WHERE budget IS NOT NULL AND EXISTS (
              SELECT 1 FROM batch_item WHERE batch_id = batch.id AND job_id IN (\(claimed))))
          WHERE total > budget
          """), arguments: ["last": last])
  }

  private static func days(_ db: Database, since last: Int64, _ cap: Money?) throws -> [String] {
    guard let cap else { return [] }
    let intents = try Int64.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT max(intent_at) FROM submission WHERE job_id IN (\(claimed)) GROUP BY job_id
          """), arguments: ["last": last])
    let sum = try db.cachedStatement(sql: "SELECT sum(cost) FROM submission WHERE intent_at >= ?")
    let days = Set(intents.map { Timestamp(milliseconds: $0).startOfDay })
    return try days.compactMap { day in
      let spent = try Int64.fetchOne(sum, arguments: [day.milliseconds]) ?? 0
      guard spent > cap.microDollars else { return nil }
      return "a claim brought the day \(day.rfc3339) to \(spent) of \(cap.microDollars)"
    }
  }
}
