/// The format of an input file.
///
/// A new format needs a case here, its extensions in `init(fileName:)`, and an `EntryReader` in a file of its
/// own, returned by `reader(of:)`.
package enum InputFormat: String, Sendable, CaseIterable {
  /// Each line is a text.
  case lines
  /// Each paragraph is a text; blank lines separate them.
  case paragraphs
  case csv, tsv, psv
  /// A list of JSON objects, or a single one.
  case json
  /// Each line is a JSON object.
  case jsonl
  /// A dialogue: `Anna: …`, or `[Anna]` above her words.
  case script
  /// A dialogue from podcastfy: `<Person1>…</Person1>`.
  case podcastfy
  case srt, vtt

  /// The format of a file by its name; nil for a known format that cannot be read.
  package init?(fileName: String) {
    let name = fileName.lowercased()
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? ""
    switch ending {
    case "csv": self = .csv
    case "tsv", "tab": self = .tsv
    case "psv": self = .psv
    case "json": self = .json
    case "jsonl", "ndjson": self = .jsonl
    case "script", "dialog": self = .script
    case "srt": self = .srt
    case "vtt": self = .vtt
    default:
      guard ForeignFormat.advice(forEnding: ending) == nil else { return nil }
      self = .lines
    }
  }

  /// A reader for the rest of a file.
  ///
  /// - Parameters:
  ///   - columns: the meaning of a table's columns; nil to use its header.
  ///   - separator: the separator of a table's cells; nil for the format's own, or to find out.
  ///   - isCertain: whether a person named the format, so that plain text may look like another one.
  package func reader(
    of lines: InputLines, columns: ColumnNames? = nil, separator: CellSeparator? = nil,
    isCertain: Bool = false
  ) -> any EntryReader {
    switch self {
    case .lines: TextLines(lines: lines, isCertain: isCertain)
    case .paragraphs: Paragraphs(lines: lines, isCertain: isCertain)
    case .csv: Table(lines: lines, separator: separator, names: columns)
    case .tsv: Table(lines: lines, separator: separator ?? .tab, names: columns)
    case .psv: Table(lines: lines, separator: separator ?? .pipe, names: columns)
    case .json: JSONList(lines: lines)
    case .jsonl: JSONLines(lines: lines)
    case .script: Script(lines: lines)
    case .podcastfy: Podcastfy(lines: lines)
    case .srt: Cues(lines: lines, isWebVTT: false)
    case .vtt: Cues(lines: lines, isWebVTT: true)
    }
  }

  package var isTable: Bool { self == .csv || self == .tsv || self == .psv }

  /// Whether an unknown speaker may be plain text that looks like a turn.
  package var isDialogue: Bool { self == .script || self == .podcastfy }
}
