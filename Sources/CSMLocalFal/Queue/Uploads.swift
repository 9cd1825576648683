import Foundation
import Synchronization

/// Files that were uploaded, kept in one file without a name until this process ends.
final class Uploads: Sendable {
  /// What is known of a file.
  struct File: Sendable {
    let name: String
    let type: String
    /// When it is gone; nil for never.
    let expiresAt: Date?
    /// nil until the bytes have come.
    var place: AppendOnlyFile.Place?
  }

  private let bytes: AppendOnlyFile
  private let files = Mutex<[UUID: File]>([:])

  /// An empty store.
  init() throws {
    bytes = try AppendOnlyFile()
  }

  /// Promises a file, whose bytes are to follow.
  func announce(name: String, type: String, expiresAt: Date? = nil) -> UUID {
    let id = UUID()
    files.withLock { $0[id] = File(name: name, type: type, expiresAt: expiresAt, place: nil) }
    return id
  }

  /// Loses all files, as if their time were over.
  func forget() {
    files.withLock { $0 = [:] }
  }

  /// The file `id` as it can be read at a moment; nil where none was promised, came, or is left.
  func file(_ id: UUID, at now: Date) -> (type: String, place: AppendOnlyFile.Place)? {
    guard let file = self[id], let place = file.place else { return nil }
    if let expiresAt = file.expiresAt, expiresAt <= now { return nil }
    return (file.type, place)
  }

  /// Stores the bytes of a promised file; false where none was promised under `id`.
  func store(_ content: [UInt8], as id: UUID) async throws -> Bool {
    guard self[id] != nil else { return false }
    let place = try await bytes.append(content)
    files.withLock { $0[id]?.place = place }
    return true
  }

  /// The file `id`; nil where none was promised.
  subscript(id: UUID) -> File? { files.withLock { $0[id] } }

  /// The bytes of a file.
  func content(at place: AppendOnlyFile.Place) throws -> [UInt8] {
    try bytes.read(place)
  }
}
