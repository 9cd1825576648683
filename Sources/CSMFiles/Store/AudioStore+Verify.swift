import CSMCore
import Glibc

/// An object whose bytes do not match its name.
package struct DamagedObject: Error, Hashable, Sendable, CustomStringConvertible {
  package let path: String
  /// The digest of its bytes; nil if they cannot be read.
  package let found: Digest?

  /// One sentence without a full stop.
  package var description: String {
    "\(path) is damaged: its bytes \(found.map { "hash to \($0)" } ?? "cannot be read")"
  }
}

extension AudioStore {
  /// The result of verifying an object.
  package enum Condition: Hashable, Sendable {
    case absent
    /// Its bytes match its name.
    case sound(bytes: Int)
    /// They do not; `found` is nil if it is not a regular file or the disk cannot read it.
    case damaged(found: Digest?)
  }

  /// Whether the object exists; its bytes are not checked.
  package func contains(_ digest: Digest) throws(FileError) -> Bool {
    try size(of: digest) != nil
  }

  /// The object's size in bytes, without checking them; nil if it does not exist.
  package func size(of digest: Digest) throws(FileError) -> Int? {
    switch try entry(digest) {
    case .file(let file): Int(try file.status().st_size)
    case .nothing: nil
    case .other: nil
    }
  }

  /// Reads the whole object, and compares its bytes with its name.
  package func verify(_ digest: Digest) throws -> Condition {
    try Self.condition(of: try entry(digest), expecting: digest)
  }

  static func condition(
    of entry: consuming Directory.Entry, expecting digest: Digest
  ) throws -> Condition {
    switch consume entry {
    case .nothing: return .absent
    case .other: return .damaged(found: nil)
    case .file(let file):
      do {
        let found = try file.digest()
        return found == digest
          ? .sound(bytes: Int(try file.status().st_size)) : .damaged(found: found)
      } catch let error as FileError where error.code == EIO {
        return .damaged(found: nil)
      }
    }
  }

  /// Calls `body` with the pieces of the object, in order, and verifies them on the way.
  ///
  /// Do not trust the pieces before this returns: it throws `DamagedObject` only after the last one.
  ///
  /// - Throws: `DamagedObject`, `FileError` (`isMissing`).
  package func read(
    _ digest: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try read(digest, from: try open(digest), body)
  }

  /// The whole object in memory; throws as `read` does.
  package func bytes(of digest: Digest) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try read(digest) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// `read` for an open file.
  func read(
    _ digest: Digest, from file: borrowing Descriptor,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var checksum = Checksum()
    try file.forEachPiece { piece in
      checksum.update(piece)
      try body(piece)
    }
    guard checksum.digest == digest else {
      throw DamagedObject(path: path(of: digest), found: checksum.digest)
    }
  }

  /// Moves an object to `quarantine` and returns its new path; durable on return.
  @discardableResult
  package func quarantine(_ digest: Digest) throws(FileError) -> String {
    let shard = try shard(of: digest)
    let quarantine = try folder("quarantine")
    let name = "\(digest).\(randomName())"
    guard renameat(shard.number, fileName(of: digest), quarantine.number, name) == 0 else {
      throw FileError("move to quarantine", path(of: digest))
    }
    try quarantine.sync()
    try shard.sync()
    return quarantine.path(of: name)
  }

  /// Opens an object for reading; throws `DamagedObject` if it is not a regular file.
  func open(_ digest: Digest) throws -> Descriptor {
    switch try entry(digest) {
    case .file(let file): return file
    case .nothing: throw FileError("open", path(of: digest), code: ENOENT)
    case .other: throw DamagedObject(path: path(of: digest), found: nil)
    }
  }

  private func entry(_ digest: Digest) throws(FileError) -> Directory.Entry {
    try shard(of: digest).entry(fileName(of: digest))
  }
}
