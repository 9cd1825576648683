import CSMCore
import CSMFiles
import CSMInput
import Foundation

/// What the manifest in a folder says of the files that earlier runs put there; nothing where there is none.
struct EarlierExport {
  private let manifest: String
  private let batch: String
  private var files: [ExportName: ExportedFile] = [:]
  private var names: [String: [ExportName]] = [:]
  private var others: Set<ExportName> = []

  /// A row holds a line's text twice, and all that its author's file says of it.
  private static let rowBytesMax = 16 << 20

  /// Reads of this batch's files, for they alone may be replaced.
  init(manifest: String, batch: String) throws {
    self.manifest = manifest
    self.batch = batch
    try Self.eachRow(of: manifest) { row, _ in
      guard row.isOf(batch) else { return others.formUnion(row.files.map(\.name)) }
      for file in row.files {
        files[file.name] = file
        names[row.id, default: []].append(file.name)
      }
    }
    // What two batches have, because it is the same audio, is neither's to replace.
    for name in others { files[name] = nil }
  }

  /// The file that an export of this batch put under a name.
  subscript(name: ExportName) -> ExportedFile? { files[name] }

  /// Whether an export of another batch put a file under the name.
  func isOfAnotherBatch(_ name: ExportName) -> Bool { others.contains(name) }

  /// All files of a line, which then is none of the `untold`.
  mutating func take(_ line: String) -> [ExportedFile] {
    names.removeValue(forKey: line)?.compactMap { files[$0] } ?? []
  }

  /// The ids of the lines that were not asked for, sorted.
  var untold: [String] { names.keys.sorted() }

  /// Hands over the rows of other batches as they were written.
  func eachForeignRow(_ body: (String) throws -> Void) throws {
    try Self.eachRow(of: manifest) { row, bytes in
      if !row.isOf(batch) { try body(String(decoding: bytes, as: UTF8.self)) }
    }
  }

  /// Somebody else wrote a line that is no row, and would miss it in the next manifest.
  private static func eachRow(
    of manifest: String, _ body: (Row, [UInt8]) throws -> Void
  ) throws {
    let descriptor = open(manifest, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let error = FileError("read", manifest)
      if error.isMissing { return }
      throw error
    }
    defer { close(descriptor) }
    var lines = InputLines(descriptor: descriptor, bytesMax: rowBytesMax)
    do {
      while let line = try lines.next() {
        guard !line.bytes.isEmpty else { continue }
        guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.bytes)) else {
          throw Failure(inTheWay: "\(manifest):\(line.number): no export wrote this line")
        }
        try body(row, line.bytes)
      }
    } catch InputError.read(let code) {
      throw FileError("read", manifest, code: code)
    }
  }

  /// What counts of a `ManifestRow` later.
  private struct Row: Decodable {
    let id: String
    let batch: String?
    let files: [ExportedFile]

    enum CodingKeys: CodingKey {
      case id, batch, earlier, file, sha256, status
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      // Every row has these, be it without a value; what others write of their files has not.
      for key in [CodingKeys.file, .sha256, .status] where !values.contains(key) {
        throw DecodingError.keyNotFound(
          key, .init(codingPath: decoder.codingPath, debugDescription: "no row of a manifest"))
      }
      id = try values.decode(String.self, forKey: .id)
      batch = try values.decodeIfPresent(String.self, forKey: .batch)
      let earlier = try values.decodeIfPresent([ExportedFile].self, forKey: .earlier) ?? []
      files = earlier + [try? ExportedFile(from: decoder)].compactMap(\.self)
    }

    /// Rows without a batch were written when a manifest told of one batch only.
    func isOf(_ batch: String) -> Bool { self.batch ?? batch == batch }
  }
}

extension Failure {
  /// Something of a person's has the name of what an export writes.
  init(inTheWay sentence: String) {
    self.init("\(sentence): move the file away, or export --to another folder", exitCode: 73)
  }
}
