import Foundation
import Synchronization

/// Files that were uploaded, kept in one file without a name until this process ends.
final class Uploads: Sendable {
  /// What is known of a file.
  struct File: Sendable {
    let name: String
    let type: String
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
  func announce(name: String, type: String) -> UUID {
    let id = UUID()
    files.withLock { $0[id] = File(name: name, type: type, place: nil) }
    return id
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
