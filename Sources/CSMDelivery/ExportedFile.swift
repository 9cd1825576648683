import CSMCore
import CSMFiles

/// A file that an export put into its folder.
package struct ExportedFile {
  /// The stored audio that it is, or was made of.
  package let source: Digest
  /// Of the file's own bytes.
  package let digest: Digest
  package let name: ExportName
  /// The form that it was made into, as `--convert` names it; nil for a copy.
  package let conversion: String?
}

/// As a row of a manifest tells of it.
extension ExportedFile: Codable {
  private enum CodingKeys: String, CodingKey {
    case file, sha256, converted
    case fileSHA256 = "file_sha256"
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
    conversion = try values.decodeIfPresent(String.self, forKey: .converted)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name.description, forKey: .file)
    try values.encode(source.hex, forKey: .sha256)
    try values.encode(digest.hex, forKey: .fileSHA256)
    try values.encode(conversion, forKey: .converted)
  }
}
