import CSMCore
import GRDB

// What csmd last read about the account at fal.

extension JobTable {
  /// The account; nil if csmd has not read it yet.
  static func account(_ db: Database) throws -> Account? {
    try Row.fetchOne(
      db, sql: "SELECT balance, unbilled, read_at, clock_offset_ms FROM account"
    ).map { row in
      Account(
        balance: row["balance"], readAt: row["read_at"], unbilled: row["unbilled"],
        clockOffset: (row["clock_offset_ms"] as Int64?).map(Duration.milliseconds))
    }
  }

  /// How far the balance at fal reaches.
  package struct Reach: Sendable, Equatable {
    package let account: Account
    /// The estimated balance now.
    package let left: Money
    /// The last line that it pays for, counted from the first of all lines, done ones included.
    package let line: Int
    package let lines: Int
  }

  /// The most queued jobs that are counted one by one; of more, each counts as their average.
  private static let reachMax = 10_000

  /// How far the balance at fal reaches, in the order of sending; nil if the balance is unknown.
  static func reach(_ db: Database, price: Price, _ total: Total) throws -> Reach? {
    guard let account = try account(db), let balance = account.balance else { return nil }
    let left = balance - (try spent(db, since: account.readAt - Account.lag))
    guard left < price.of(characters: total.characters), price.perThousand > .zero else {
      return Reach(account: account, left: left, line: total.jobs, lines: total.jobs)
    }
    let characters = Int64(
      clamping: Int128(max(0, left.microDollars)) * 1000 / Int128(price.perThousand.microDollars))
    let affordable =
      try total.queued > reachMax
      ? Int(Double(characters) / Double(max(1, total.characters)) * Double(total.queued))
      : affordable(characters, db)
    return Reach(
      account: account, left: left, line: total.jobs - total.queued + affordable,
      lines: total.jobs)
  }

  private static func affordable(_ characters: Int64, _ db: Database) throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT count(*)
        FROM (
          SELECT total(chars) OVER (ORDER BY priority DESC, id) AS total FROM job WHERE state = 'QUEUED')
        WHERE total <= ?
        """, arguments: [characters]) ?? 0
  }

  /// How far the balance at fal reaches; nil if it is unknown.
  package func reach(price: Price) throws -> Reach? {
    try read { try Self.reach($0, price: price, Total($0)) }
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
      account.balance, account.unbilled, account.readAt,
      account.clockOffset?.milliseconds,
    ])
  }
}
