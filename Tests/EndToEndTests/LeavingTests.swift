import CSMCore
import Foundation
import Testing

/// Texts and ids from a file that try to leave the folder, the table, the CSV or the terminal.
@Suite("Texts that try to get out")
struct LeavingTests {
  private static let pieces = [
    "\u{1B}[2J", "\u{1B}]0;title\u{7}", "\u{9B}31m", "\u{202E}", "\u{2066}", "\u{2028}", "\r", "\t",
    "\n", "\u{85}", "\u{7F}", "\u{FEFF}", "\u{301}", "\u{200D}", "'", "\"", "\\", ";", "--", "%s%n",
    "',(SELECT 1));--", "=1+1", "+1", "-1", "@SUM(A1)", "\u{FF1D}1", ",", "\u{0}", "{", "}",
    "$(id)",
    "`id`", "../", "/", "..", "%2e%2e%2f", "C:\\", "CON", "word", "Hello.",
    "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}",
    "日本語", "é",
  ]
  private static let ids = [
    "../../up", "/etc/passwd", "..", ".", "a/../../b", "-rf", "--help", ".hidden", "a//b", "/",
    "a/",
    "CON", "a\\b", "x:y", "x.wav", "manifest", "_missing", "manifest.jsonl", "=id", "id,with",
    "a\"b",
    "\u{202E}di", "i\nd", "i\u{1B}[0md", "\u{301}x", "x ", " x", "x.", "~", "$HOME", "*", "a/b/c",
  ]

  /// The number of lines; `CSM_LEAVING_LINES` sets it for the long form of the test.
  private static let count =
    ProcessInfo.processInfo.environment["CSM_LEAVING_LINES"].flatMap { Int($0) } ?? 400

  private static func file(seed: UInt64) throws -> String {
    var random = SeededGenerator(seed: seed)
    let lines = try (0..<count).map { number in
      let text = (0..<Int.random(in: 1...6, using: &random))
        .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      var object: [String: Any] = ["text": text, "meta": [text: text]]
      if number.isMultiple(of: 3) {
        let id = ids.randomElement(using: &random) ?? ""
        object["id"] = number < ids.count * 3 ? ids[number / 3] : "\(id)\(number)"
      }
      let data = try JSONSerialization.data(withJSONObject: object)
      return String(decoding: data, as: UTF8.self)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  @Test("stay in their line, their cell and their folder")
  func stayInside() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--latency", "1ms-2ms", "--audio-bytes", "100-200")
    let added = try await stage.enqueue(
      "add", try stage.write(Self.file(seed: seed), to: "a.jsonl"), "--cast", "auto")
    #expect(added.status == 1, "seed \(seed): \(added.stderr.suffix(500))")
    demandHarmless(added, seed)
    let lines = try await stage.lines()
    #expect(lines.count > Self.count / 2)

    let listed = try await stage.enqueue("list", "--all")
    demandHarmless(listed, seed)
    #expect(listed.lines.count == lines.count, "seed \(seed)")
    #expect(Set(listed.lines.map { $0.count { $0 == "\t" } }).count == 1, "seed \(seed)")

    let early = try await stage.enqueue("export", "a", "--to", stage("audio"))
    demandHarmless(early, seed)
    let rows = try CSVRows(stage.text(stage("audio/_missing.csv"))).rows
    #expect(rows.count == lines.count + 1, "seed \(seed)")
    for row in rows {
      #expect(row.count == 6, "seed \(seed): \(row)")
      for cell in row {
        #expect(
          cell.first.map { !"=+-@\t\r\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".contains($0) } ?? true,
          "seed \(seed): \(cell)")
      }
    }

    let night = try await stage.night(fal.settings)
    #expect(night.status == 0, "seed \(seed): \(night.stderr.suffix(2000))")
    demandHarmless(night, seed)
    let before = stage.names(stage.folder)
    let exported = try await stage.enqueue("export", "a", "--to", stage("audio"))
    demandHarmless(exported, seed)
    #expect(
      stage.names(stage.folder).filter { !$0.contains("csm-enqueue") }
        == before.filter { !$0.contains("csm-enqueue") }, "seed \(seed)")
    try await stage.demandSoundStore()
  }

  /// Checks that the output is plain lines of text, without control characters or changes of direction.
  private func demandHarmless(_ output: Output, _ seed: UInt64) {
    for scalar in (output.stdout + output.stderr).unicodeScalars
    where scalar != "\n" && scalar != "\t" {
      let category = scalar.properties.generalCategory
      let isHarmless =
        category != .control && category != .lineSeparator && category != .paragraphSeparator
        && !scalar.properties.isBidiControl
      #expect(isHarmless, "seed \(seed): U+\(String(scalar.value, radix: 16))")
    }
  }
}

/// The rows of a CSV file (RFC 4180).
struct CSVRows {
  private(set) var rows: [[String]] = []

  init(_ text: String) {
    var row: [String] = []
    var cell = ""
    var isQuoted = false
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      switch (scalar, isQuoted) {
      case ("\"", true) where scalars.first == "\"":
        scalars.removeFirst()
        cell.unicodeScalars.append("\"")
      case ("\"", _): isQuoted.toggle()
      case (",", false):
        row.append(cell)
        cell = ""
      case ("\n", false):
        rows.append(row + [cell])
        (row, cell) = ([], "")
      default: cell.unicodeScalars.append(scalar)
      }
    }
  }
}
