import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite

/// Tags that say where a file comes from: the text, model, voice and time.
///
/// They hold no key and no path.
struct Tags: Sendable, Hashable {
  let title: String
  let speaker: String?
  let voice: String?
  let batch: String
  let date: String?
  /// Everything that has no tag of its own.
  let comment: String

  init(_ line: LineRow) {
    title = line.line
    batch = line.batch
    speaker = line.speakerName
    voice = line.voice
    date = line.finishedAt.map { String($0.rfc3339.prefix(10)) }
    let facts: [(String, String?)] = [
      ("text", line.text), ("sent", line.sent == line.text ? nil : line.sent),
      ("model", line.endpoint), ("voice", line.voice), ("consent", line.consent),
      ("take", String(line.take)), ("finished", line.finishedAt?.rfc3339),
      ("request", line.requestID),
    ]
    comment = facts.compactMap { name, value in
      value.map { "\(name): \($0.filter { $0 != "\0" })" }
    }.joined(separator: "\n")
  }

  var digest: Digest {
    Digest(of: fields.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
  }

  /// The tags by ffmpeg's names, which are the same for every container.
  var fields: [(name: String, value: String)] {
    [
      ("title", title), ("artist", voice ?? speaker), ("album", batch), ("date", date),
      ("comment", comment),
    ].compactMap { name, value in value.map { (name, $0) } }
  }

  /// Adds a `LIST/INFO` chunk at the end of a WAV file; nil for any other file.
  func written(into wav: [UInt8]) -> [UInt8]? {
    // The length in the header of a streamed file may be wrong.
    guard let samples = (try? AudioInfo(wav, isWhole: true))?.samples?.bytes else { return nil }
    var bytes = Array(wav[..<samples.upperBound])
    bytes.replaceSubrange(
      samples.lowerBound - 4..<samples.lowerBound, with: Self.number(samples.count))
    let names = [
      ("INAM", title), ("IART", voice ?? speaker), ("IPRD", batch), ("ICRD", date),
      ("ICMT", comment),
    ]
    var info = Array("INFO".utf8)
    for (name, value) in names {
      guard let value else { continue }
      info += Self.chunk(name, Array(value.utf8) + [0])
    }
    bytes += (bytes.count % 2 == 1 ? [0] : []) + Self.chunk("LIST", info)
    bytes.replaceSubrange(4..<8, with: Self.number(bytes.count - 8))
    return bytes
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    Array(name.utf8) + number(body.count) + body + (body.count % 2 == 1 ? [0] : [])
  }

  private static func number(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
