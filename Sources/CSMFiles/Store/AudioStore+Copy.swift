import CSMCore
import Glibc

extension AudioStore {
  /// A temporary file with the object's bytes, checked; it shares blocks with the store where the file
  /// system can do that, but never the file itself.
  ///
  /// Throws `DamagedObject` (there is no file then) and `FileError`.
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

  /// Copies an object of so many bytes into another store; durable on return.
  ///
  /// Returns false when the other store has it already: what is there under its name and of its length
  /// was checked when it came. Throws `DamagedObject` and `FileError`.
  package func copy(_ digest: Digest, bytes: Int, to other: AudioStore) throws -> Bool {
    if try other.size(of: digest) == bytes { return false }
    let temporaries = try other.folder("tmp")
    var file = try duplicate(digest, into: temporaries, prefix: "copy.", mode: 0o600)
    try other.place(&file, as: digest)
    return true
  }
}
