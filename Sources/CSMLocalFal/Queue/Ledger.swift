import Crypto
import Foundation

/// Records every accepted POST as a JSON line, on disk before the POST is answered.
///
/// Test campaigns join it with the daemon's table and store to show that nothing was paid twice.
/// The stand-in reads bodies back from it, so that a request costs little memory.
final class Ledger: Sendable {
  struct Entry: Sendable {
    let id: UUID
    let time: Date
    /// The path of the POST, such as `fal-ai/csm-1b`.
    let endpoint: String
    /// SHA-256 of the key in hexadecimal; the key itself is never written.
    let keyHash: String
    /// The rule for the planned fault of the run; nil if there is none.
    let fault: String?
    let body: [UInt8]
  }

  private let file: AppendOnlyFile

  /// Opens the ledger at `path`, or an unnamed temporary one if it is nil.
  init(path: String?) throws {
    file = if let path { try AppendOnlyFile(path: path) } else { try AppendOnlyFile() }
  }

  /// Appends `entry`; in a named ledger, it is on disk on return.
  func append(_ entry: Entry) async throws -> AppendOnlyFile.Place {
    try await file.append(entry.line)
  }

  func entry(at place: AppendOnlyFile.Place) throws -> Entry {
    try Entry(line: file.read(place))
  }

  /// Reads all entries of the ledger at `path`.
  ///
  /// An incomplete last line, cut short by a crash and so never answered, is dropped.
  func replay(
    path: String, _ take: (Entry, AppendOnlyFile.Place) throws -> Void
  ) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = data[start...end]
      let place = AppendOnlyFile.Place(offset: Int64(start), length: Int32(line.count))
      try take(Entry(line: [UInt8](line)), place)
      start = data.index(after: end)
    }
    if start < data.endIndex { try file.truncate(to: Int64(start)) }
  }
}

extension Ledger.Entry {
  /// SHA-256 of the body in hexadecimal.
  var bodyHash: String { SHA256.hash(data: body).hexadecimal }

  /// The line with its newline; a body that is not UTF-8 becomes `body_base64`.
  fileprivate var line: [UInt8] {
    var members: [String: JSON] = [
      "request_id": .string(id.lowercased), "time": .string(time.rfc3339),
      "endpoint": .string(endpoint), "key_sha256": .string(keyHash),
      "body_sha256": .string(bodyHash),
    ]
    if let text = String(validating: body, as: UTF8.self) {
      members["body"] = .string(text)
    } else {
      members["body_base64"] = .string(Data(body).base64EncodedString())
    }
    if let fault { members["run"] = .string(fault) }
    return JSON.object(members).bytes + [UInt8(ascii: "\n")]
  }

  fileprivate init(line: [UInt8]) throws {
    let json = try JSON(parsing: line)
    let base64 = json["body_base64"]?.text.flatMap { Data(base64Encoded: $0) }
    guard
      let id = json["request_id"]?.text.flatMap({ UUID(uuidString: $0) }),
      let time = json["time"]?.text.flatMap({ Date(rfc3339: $0) }),
      let endpoint = json["endpoint"]?.text, let keyHash = json["key_sha256"]?.text,
      let body = json["body"]?.text.map({ Array($0.utf8) }) ?? base64.map({ [UInt8]($0) })
    else { throw DamagedLedger(line: String(decoding: line, as: UTF8.self)) }
    self.init(
      id: id, time: time, endpoint: endpoint, keyHash: keyHash, fault: json["run"]?.text, body: body
    )
  }
}

/// An invalid line in a ledger.
struct DamagedLedger: Error, CustomStringConvertible {
  let line: String
  var description: String { "not a line of a ledger: \(line.prefix(80))" }
}

extension UUID {
  /// The form that fal uses.
  var lowercased: String { uuidString.lowercased() }
}

extension Sequence<UInt8> {
  /// Two lower-case digits per byte.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
