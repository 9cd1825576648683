import GRDB

/// A version of the SQLite library, ordered numerically: 3.9 comes before 3.40.
package struct SQLiteVersion: Sendable, Comparable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  package let description: String
  private let numbers: [Int]

  package init(stringLiteral text: String) {
    description = text
    numbers = text.split(separator: ".").map { Int($0) ?? 0 }
  }

  /// The version of the library loaded by this process.
  package static func loaded() throws -> Self {
    let version = try DatabaseQueue().read { db in
      try String.fetchOne(db, sql: "SELECT sqlite_version()")
    }
    return Self(stringLiteral: version ?? "unknown")
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }

  package static func == (left: Self, right: Self) -> Bool { left.numbers == right.numbers }

  /// Whether a checkpoint that races with a commit on another connection can lose that commit.
  ///
  /// See sqlite.org/wal.html#walresetbug; the `WriteLock` prevents it.
  package var hasWALResetBug: Bool { self < "3.51.3" }
}
