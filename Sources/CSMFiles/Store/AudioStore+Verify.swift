import CSMCore
import Glibc

/// An object whose bytes no longer are what its name says.
package struct DamagedObject: Error, Hashable, Sendable, CustomStringConvertible {
  /// The object's place in the store.
  package let path: String
  /// The digest of the bytes found; nil when no whole file could be read there.
  package let found: Digest?

  /// One sentence without a full stop.
  package var description: String {
    "\(path) is damaged: its bytes \(found.map { "hash to \($0)" } ?? "cannot be read")"
  }
}

extension AudioStore {
  /// How an object was found.
  package enum Condition: Hashable, Sendable {
    case absent
    /// Its bytes hash to its name.
    case sound(bytes: Int)
    /// They do not (nil: there is no regular file, or the disk cannot read it).
    case damaged(found: Digest?)
  }

  /// Whether a file of that name is there; its bytes are not looked at.
  package func contains(_ digest: Digest) throws(FileError) -> Bool {
    try size(of: digest) != nil
  }

  /// The object's length in bytes, nil when there is none; the bytes are not looked at.
  package func size(of digest: Digest) throws(FileError) -> Int? {
    switch try entry(digest) {
    case .file(let file): Int(try file.status().st_size)
    case .nothing: nil
    case .other: nil
    }
  }

  /// Reads the whole object and tells whether it is still what its name says.
  package func verify(_ digest: Digest) throws -> Condition {
    switch try entry(digest) {
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

  /// Hands the object's bytes to `body` in pieces, in order, and hashes them on the way.
  ///
  /// The pieces may be used only once this has returned: it throws `DamagedObject` after the last
  /// one when they do not hash to the name, and `FileError` (`isMissing`) when there is no object.
  package func read(
    _ digest: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try read(digest, from: try open(digest), body)
  }

  /// Does the same with the object's file already open.
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

  /// Moves a damaged object out of the way and returns its new path; durable on return.
  ///
  /// The store then no longer claims to have it.
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

  /// Opens an object for reading; throws `DamagedObject` when something else stands in its place.
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
