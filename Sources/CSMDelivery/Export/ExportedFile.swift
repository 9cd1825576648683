import CSMCore
import CSMFiles

/// A file that an export put into its folder.
package struct ExportedFile {
  /// The stored audio that it was copied from or made of.
  package let source: Digest
  /// The digest of the file's own bytes.
  package let digest: Digest
  package let name: ExportName
  /// The name of the `Recipe` that made it of the stored audio; nil for a copy.
  package let recipe: String?
  /// The size and time of the file when it was written; while they match, it need not be read again.
  ///
  /// Nil if they were not noted.
  package var mark: FileMark?
  /// The playing time of a file that was made.
  ///
  /// Nil for a copy, which is as long as the stored audio, and for a format that is not measured.
  package var milliseconds: Int?
  /// Whether samples are clipped, since they are louder than a file can hold.
  package var isClipped = false
}

/// Coded as in a row of the manifest.
extension ExportedFile: Codable {
  private enum CodingKeys: String, CodingKey {
    case file, sha256, converted, clipped
    case fileSHA256 = "file_sha256"
    case bytes = "file_bytes"
    case modified = "file_mtime_ns"
    case seconds = "file_duration_s"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func digest(_ key: CodingKeys) throws -> Digest? {
      try values.decodeIfPresent(String.self, forKey: key).flatMap { Digest(hex: $0) }
    }
    guard let source = try digest(.sha256) else {
      throw DecodingError.dataCorruptedError(
        forKey: .sha256, in: values, debugDescription: "no digest")
    }
    self.source = source
    self.digest = try digest(.fileSHA256) ?? source
    name = try ExportName(values.decode(String.self, forKey: .file))
    recipe = try values.decodeIfPresent(String.self, forKey: .converted)
    let bytes = try? values.decodeIfPresent(Int.self, forKey: .bytes)
    let modified = try? values.decodeIfPresent(Int.self, forKey: .modified)
    if let bytes, let modified { mark = FileMark(bytes: bytes, modified: modified) }
    let seconds = try? values.decodeIfPresent(Double.self, forKey: .seconds)
    milliseconds = seconds.flatMap { Int(exactly: ($0 * 1000).rounded()) }
    isClipped = (try? values.decodeIfPresent(Bool.self, forKey: .clipped)) ?? false
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name.description, forKey: .file)
    try values.encode(source.hex, forKey: .sha256)
    try values.encode(digest.hex, forKey: .fileSHA256)
    try values.encode(recipe, forKey: .converted)
    try values.encode(mark?.bytes, forKey: .bytes)
    try values.encode(mark?.modified, forKey: .modified)
    try values.encode(milliseconds.map { Double($0) / 1000 }, forKey: .seconds)
    try values.encode(isClipped, forKey: .clipped)
  }
}
