import CSMCore
import GRDB

// How values are stored in columns.

extension Timestamp: DatabaseValueConvertible, StatementColumnConvertible {
  package var databaseValue: DatabaseValue { milliseconds.databaseValue }

  package static func fromDatabaseValue(_ value: DatabaseValue) -> Self? {
    Int64.fromDatabaseValue(value).map(Self.init(milliseconds:))
  }

  package init(sqliteStatement: SQLiteStatement, index: CInt) {
    self.init(milliseconds: Int64(sqliteStatement: sqliteStatement, index: index))
  }
}

extension Money: DatabaseValueConvertible, StatementColumnConvertible {
  package var databaseValue: DatabaseValue { microDollars.databaseValue }

  package static func fromDatabaseValue(_ value: DatabaseValue) -> Self? {
    Int64.fromDatabaseValue(value).map(Self.init(microDollars:))
  }

  package init(sqliteStatement: SQLiteStatement, index: CInt) {
    self.init(microDollars: Int64(sqliteStatement: sqliteStatement, index: index))
  }
}
