import Foundation
import Synchronization

/// Uploaded files, kept in an unnamed temporary file until this process ends.
final class Uploads: Sendable {
  struct File: Sendable {
    let name: String
    let type: String
    /// When it expires; nil for never.
    let expiresAt: Date?
    /// Nil until the bytes have arrived.
    var place: AppendOnlyFile.Place?
  }

  private let bytes: AppendOnlyFile
  private let files = Mutex<[UUID: File]>([:])

  init() throws {
    bytes = try AppendOnlyFile()
  }

  /// Registers a file whose bytes will follow; returns its id.
  func announce(name: String, type: String, expiresAt: Date? = nil) -> UUID {
    let id = UUID()
    files.withLock { $0[id] = File(name: name, type: type, expiresAt: expiresAt, place: nil) }
    return id
  }

  /// Forgets all files, as if they had expired.
  func forget() {
    files.withLock { $0 = [:] }
  }

  /// The file `id` at the time `now`; nil if it is unknown, has no bytes yet, or has expired.
  func file(_ id: UUID, at now: Date) -> (type: String, place: AppendOnlyFile.Place)? {
    guard let file = self[id], let place = file.place else { return nil }
    if let expiresAt = file.expiresAt, expiresAt <= now { return nil }
    return (file.type, place)
  }

  /// Stores the bytes of a registered file; returns false if `id` is unknown.
  func store(_ content: [UInt8], as id: UUID) async throws -> Bool {
    guard self[id] != nil else { return false }
    let place = try await bytes.append(content)
    files.withLock { $0[id]?.place = place }
    return true
  }

  /// The file `id`; nil if it is unknown.
  subscript(id: UUID) -> File? { files.withLock { $0[id] } }

  /// The bytes of a file.
  func content(at place: AppendOnlyFile.Place) throws -> [UInt8] {
    try bytes.read(place)
  }
}
