import CSMCore
import GRDB

// What csmd last read of the account at fal.

extension JobTable {
  /// The account; nil where csmd has not read it yet.
  package func account() throws -> Account? {
    try read(Self.account)
  }

  static func account(_ db: Database) throws -> Account? {
    try Row.fetchOne(
      db, sql: "SELECT balance, unbilled, read_at, clock_offset_ms FROM account"
    ).map { row in
      Account(
        balance: (row["balance"] as Int64?).map(Money.init(microDollars:)),
        readAt: Timestamp(milliseconds: row["read_at"]),
        unbilled: Money(microDollars: row["unbilled"]),
        clockOffset: (row["clock_offset_ms"] as Int64?).map(Duration.milliseconds))
    }
  }

  /// How far the money at fal goes.
  package struct Reach: Sendable, Equatable {
    package let account: Account
    /// What is left by now, as far as is known.
    package let left: Money
    /// The line of the queue that it lasts for, counted with all lines that are done.
    package let line: Int
    package let lines: Int
  }

  /// How far the money at fal goes, in the order in which lines are sent; nil where the balance is not known.
  static func reach(_ db: Database, price: Price) throws -> Reach? {
    guard let account = try account(db), let balance = account.balance else { return nil }
    let left = balance - (try spent(db, since: account.readAt - Account.lag))
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT count(*) AS jobs, count(*) FILTER (WHERE state = 'QUEUED') AS waiting,
          \(saturatingSum("chars", where: "state = 'QUEUED'")) AS chars
        FROM job
        """)
    guard let row, let jobs = row["jobs"] as Int?, let waiting = row["waiting"] as Int? else {
      return nil
    }
    guard left < price.of(characters: row["chars"]), price.perThousand > .zero else {
      return Reach(account: account, left: left, line: jobs, lines: jobs)
    }
    let characters = Int64(
      clamping: Int128(max(0, left.microDollars)) * 1000 / Int128(price.perThousand.microDollars))
    let affordable = try Int.fetchOne(
      db,
      sql: """
        SELECT count(*)
        FROM (
          SELECT total(chars) OVER (ORDER BY priority DESC, id) AS total FROM job WHERE state = 'QUEUED')
        WHERE total <= ?
        """, arguments: [characters])
    return Reach(
      account: account, left: left, line: jobs - waiting + (affordable ?? 0), lines: jobs)
  }

  /// How far the money at fal goes; nil where the balance is not known.
  package func reach(price: Price) throws -> Reach? {
    try read { try Self.reach($0, price: price) }
  }

  static func save(_ account: Account, _ db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO account (id, balance, unbilled, read_at, clock_offset_ms)
        VALUES (1, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE
        SET balance = excluded.balance, unbilled = excluded.unbilled, read_at = excluded.read_at,
          clock_offset_ms = excluded.clock_offset_ms
        """
    ).execute(arguments: [
      account.balance?.microDollars, account.unbilled.microDollars, account.readAt.milliseconds,
      account.clockOffset?.milliseconds,
    ])
  }
}
