import CSMCore
import GRDB

extension JobTable {
  /// What the table says of all jobs together; counted from the rows, a fifth of a second for a million.
  package func inventory(at now: Timestamp) throws -> Inventory {
    let jobs = try jobCounts()
    let today = try spent(since: now.startOfDay)
    return try read { db in
      let spent = try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT coalesce(sum(cost), 0) FROM submission"))
      let oldest = try Int64.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT min(created_at)
            FROM job
            WHERE state IN (
              'QUEUED', 'SUBMITTING', 'UNKNOWN', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED')
            """))
      let objects = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM object"))
      return Inventory(
        jobs: jobs, closedGates: try Self.gates(db).map(\.name),
        spent: Money(microDollars: spent ?? 0), spentToday: today,
        oldestOpen: oldest.map(Timestamp.init(milliseconds:)), objects: objects?["files"] ?? 0,
        objectBytes: objects?["bytes"] ?? 0)
    }
  }
}
