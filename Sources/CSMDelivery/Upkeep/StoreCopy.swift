import CSMFiles
import CSMSQLite

/// How the copies of objects from one store into another came out.
package struct StoreCopy {
  package private(set) var copied = 0
  /// Objects that the other store already had.
  package private(set) var present = 0
  /// Audio that is missing or damaged in the store, one sentence each.
  package private(set) var lost: [String] = []

  package init() {}

  /// Copies an object; durable on return.
  package mutating func take(
    _ object: JobTable.StoredObject, from store: AudioStore, to other: AudioStore
  ) throws {
    do {
      let isNew = try store.copy(object.digest, bytes: object.bytes, to: other)
      copied += isNew ? 1 : 0
      present += isNew ? 0 : 1
    } catch let damaged as DamagedObject {
      lost.append(damaged.description)
    } catch let error as FileError where error.isMissing {
      lost.append("\(store.path(of: object.digest)) is missing")
    }
  }
}
