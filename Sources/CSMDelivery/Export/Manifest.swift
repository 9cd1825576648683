import CSMFiles
import CSMInput
import Foundation

/// Reads `manifest.jsonl`, which exports write row by row as `ManifestRow`.
package enum Manifest {
  /// A line of the file that is not empty.
  package struct Line {
    /// From 1.
    package let number: Int
    package let bytes: [UInt8]
    /// Nil if no export wrote the line.
    package let row: Row?
  }

  /// The fields of a `ManifestRow` that later exports need.
  package struct Row: Decodable {
    package let id: String
    package let batch: String?
    package let file: ExportedFile?
    package let earlier: [ExportedFile]
    package var files: [ExportedFile] { earlier + [file].compactMap(\.self) }

    package enum CodingKeys: CodingKey {
      case id, batch, earlier, file, sha256, status
    }

    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      // Every row of an export has these keys, even if null; the files of others do not.
      for key in [CodingKeys.file, .sha256, .status] where !values.contains(key) {
        throw DecodingError.keyNotFound(
          key, .init(codingPath: decoder.codingPath, debugDescription: "not a row of a manifest"))
      }
      id = try values.decode(String.self, forKey: .id)
      batch = try values.decodeIfPresent(String.self, forKey: .batch)
      file = try? ExportedFile(from: decoder)
      earlier = try values.decodeIfPresent([ExportedFile].self, forKey: .earlier) ?? []
    }

    /// Whether the row is of the batch; a row without one comes from when a manifest held a single batch.
    package func isOf(_ batch: String) -> Bool { self.batch ?? batch == batch }
  }

  /// The longest row in bytes; it holds a line's text twice, and everything its input file says of it.
  private static let rowBytesMax = 16 << 20

  /// Reads the lines of a manifest one by one; there are none if the file does not exist.
  package final class Reader {
    private let path: String
    private let descriptor: Int32
    private var lines: InputLines?
    private let decoder = JSONDecoder()

    /// Opens the file; throws `FileError`.
    package init(_ path: String) throws {
      self.path = path
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      if descriptor >= 0 {
        lines = InputLines(descriptor: descriptor, bytesMax: rowBytesMax)
      } else {
        let error = FileError("read", path)
        guard error.isMissing else { throw error }
      }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next line that is not empty; nil at the end.
    ///
    /// Throws `FileError`.
    package func next() throws -> Line? {
      do {
        while let line = try lines?.next() {
          guard !line.bytes.isEmpty else { continue }
          let row = try? decoder.decode(Row.self, from: Data(line.bytes))
          return Line(number: line.number, bytes: line.bytes, row: row)
        }
        return nil
      } catch InputError.read(let code) {
        throw FileError("read", path, code: code)
      }
    }
  }

  /// Calls `body` for each line of the file at `path`; for none if it does not exist.
  ///
  /// Throws `FileError`, and what `body` throws.
  package static func eachLine(of path: String, _ body: (Line) throws -> Void) throws {
    let reader = try Reader(path)
    while let line = try reader.next() { try body(line) }
  }
}
