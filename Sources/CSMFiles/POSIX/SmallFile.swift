import Glibc

/// Reads small files completely.
package enum SmallFile {
  private static let bytesMax = 1 << 20

  /// The file's text; invalid UTF-8 is replaced.
  ///
  /// - Throws: `FileError`, including for a file of a megabyte or more.
  package static func text(at path: String) throws -> String {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw FileError("read", path) }
    let file = Descriptor(number, path: path)
    let bytes = try file.bytes(at: 0, count: bytesMax)
    guard bytes.count < bytesMax else { throw FileError("read", path, code: EFBIG) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
