/// How a file is to be read.
///
/// A new format is a case here, its endings in `init(fileName:)`, its reader in `reader(of:)`, and a file
/// with that reader, which gives an `Entry` for each thing to be spoken.
package enum InputFormat: String, Sendable, CaseIterable {
  /// Each line is a text.
  case lines
  /// Each paragraph is a text: lines up to a blank one.
  case paragraphs
  case csv, tsv, psv
  /// A list of JSON objects, or a single one.
  case json
  /// Each line is a JSON object.
  case jsonl
  /// A dialogue: `Anna: …`, or `[Anna]` above what she says.
  case script
  /// A dialogue as podcastfy writes it: `<Person1>…</Person1>`.
  case podcastfy
  case srt, vtt

  /// The format that a file's name shows; nil for one that is known and holds no text to be read.
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
  ///   - columns: what the columns of a table mean, where its header does not tell.
  ///   - separator: what stands between its cells, where a person says so.
  package func reader(
    of lines: InputLines, columns: ColumnNames? = nil, separator: CellSeparator? = nil
  ) -> any EntryReader {
    switch self {
    case .lines: TextLines(lines: lines)
    case .paragraphs: Paragraphs(lines: lines)
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

  /// Whether there are cells with something between them.
  package var isTable: Bool { self == .csv || self == .tsv || self == .psv }

  /// Whether an unknown speaker may be a line that was taken for a turn.
  package var isDialogue: Bool { self == .script || self == .podcastfy }
}
