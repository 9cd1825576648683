import CSMCore
import CSMFiles
import CSMInput
import Foundation

/// A file that an export put into its folder.
struct ExportedFile {
  let name: ExportName
  /// The stored audio that it is, or was made of.
  let source: Digest
  /// Of the file's own bytes.
  let digest: Digest
  /// The form that it was made into, as `--convert` names it; nil for a copy.
  let conversion: String?
}

/// What the manifest of an earlier run says that it wrote, by name; nothing where there is none.
struct EarlierExport {
  private var files: [String: ExportedFile] = [:]

  init(manifest: String) {
    let descriptor = open(manifest, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var lines = InputLines(descriptor: descriptor)
    while let line = try? lines.next() {
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.bytes)),
        let file = row.file, let name = try? ExportName(file),
        let source = row.sha256.flatMap({ Digest(hex: $0) })
      else { continue }
      let digest = row.fileSHA256.flatMap { Digest(hex: $0) } ?? source
      files[file] = ExportedFile(
        name: name, source: source, digest: digest, conversion: row.converted)
    }
  }

  subscript(name: ExportName) -> ExportedFile? { files[name.description] }

  private struct Row: Decodable {
    let file: String?
    let sha256: String?
    let fileSHA256: String?
    let converted: String?

    enum CodingKeys: String, CodingKey {
      case file, sha256, converted
      case fileSHA256 = "file_sha256"
    }
  }
}
