import CSMCore
import Glibc

extension AudioStore {
  /// A verified copy of an object as a temporary file; it shares blocks with the original if the file system
  /// supports that, but is never a hard link.
  ///
  /// - Throws: `DamagedObject` (then there is no file), `FileError`.
  func duplicate(
    _ digest: Digest, into folder: Directory, prefix: String, mode: mode_t
  ) throws -> DurableFile {
    let source = try open(digest)
    let file = try DurableFile(in: folder, prefix: prefix, mode: mode)
    if file.clone(source) {
      let found = try file.inspect { try $0.digest() }
      guard found == digest else { throw DamagedObject(path: path(of: digest), found: found) }
    } else {
      try read(digest, from: source) { try file.write($0) }
    }
    return file
  }

  /// Copies an object into another store; durable on return.
  ///
  /// - Parameter bytes: the object's size.
  /// - Returns: false if the other store has an object of this name and size, which it verified on arrival.
  /// - Throws: `DamagedObject`, `FileError`.
  package func copy(_ digest: Digest, bytes: Int, to other: AudioStore) throws -> Bool {
    if try other.size(of: digest) == bytes { return false }
    let temporaries = try other.folder("tmp")
    var file = try duplicate(digest, into: temporaries, prefix: "copy.", mode: 0o600)
    try other.place(&file, as: digest)
    return true
  }
}
