import CSMCore
import CSMFiles
import CSMInput
import CSMWorkplace

/// Reads one file into lines that can be spoken, and reports what cannot.
struct FileReading {
  /// The file's name for messages.
  let name: String
  private(set) var counts = Counts()
  /// The ids of rejected entries.
  private(set) var rejectedIDs: Set<String> = []
  /// How the columns of a table were understood; nil for other formats.
  private(set) var columns: String?
  /// The first lines, shown by a dry run.
  private(set) var preview: [SpokenLine] = []

  /// The speakers with their voices and numbers of turns.
  var speakers: [(part: String, turns: Int)] { composer.speakers }

  private let note: (String) -> Void
  private var composer: Composer
  private let isThorough: Bool
  private var warnings: [String: Int] = [:]

  private static let previewCount = 3
  /// How many warnings of one kind are printed, unless all are wanted.
  private static let warningsMax = 10

  package struct Counts {
    /// What the file has: rows, cues, turns, entries.
    package var read = 0
    package var blank = 0
    package var skipped = 0
    package var rejected = 0
    /// What is to be spoken of it: lines.
    package var made = 0

    /// Whether each thing that was read is one line, so that all figures count the same.
    var isOneToOne: Bool { read == made + blank + skipped + rejected }
  }

  init(name: String, options: Composer.Options, note: @escaping (String) -> Void) {
    self.name = name
    self.note = note
    composer = Composer(options)
    isThorough = options.isThorough
  }

  /// Reads to the end, and calls `body` for each line that can be spoken.
  ///
  /// - Throws: `FileError` if reading fails, `Failure` if the file as a whole makes no sense, and what `body`
  ///   throws.
  mutating func read(_ start: any EntryReader, _ body: (SpokenLine) throws -> Void) throws {
    var reader = start
    do {
      while let finding = try reader.next() {
        count(finding)
        for result in composer.take(finding) { try handle(result, body) }
      }
    } catch InputError.read(let code) {
      throw FileError("read", name, code: code)
    } catch InputError.refused(let rejection) {
      throw Failure(
        "\(Self.place(name, rejection.line, rejection.column)) \(rejection.code.rawValue): "
          + "\(rejection.reason)", .badInput)
    }
    for result in composer.finish() { try handle(result, body) }
    for (code, count) in warnings.sorted(by: { $0.key < $1.key }) where count > shownMax {
      note(
        "\(name): \(code): \(Figures.count(count - Self.warningsMax)) more like these; --lint shows all"
      )
    }
    columns = reader.columns
  }

  private mutating func count(_ finding: Finding) {
    switch finding {
    case .entry, .rejection, .blank, .skipped: counts.read += 1
    case .directive, .incomplete, .warning, .role: break
    }
  }

  private mutating func handle(
    _ result: Composer.Result, _ body: (SpokenLine) throws -> Void
  ) throws {
    switch result {
    case .line(let line):
      if preview.count < Self.previewCount { preview.append(line) }
      counts.made += 1
      try body(line)
    case .blank: counts.blank += 1
    case .skipped: counts.skipped += 1
    case .refused: counts.rejected += 1
    case .unspoken(let id): rejectedIDs.insert(id)
    case .rejection(let rejection):
      counts.rejected += 1
      explain(rejection)
    case .explanation(let rejection): explain(rejection)
    case .warning(let warning): warn(warning)
    }
  }

  // MARK: Messages

  /// Reports a rejection, such as `a.csv:17:4: E-EMPTY: there is no letter or digit to speak`.
  func explain(_ rejection: Rejection) {
    note(
      "\(Self.place(name, rejection.line, rejection.column)) \(rejection.code.rawValue): "
        + Printable.line(rejection.reason))
  }

  private mutating func warn(_ warning: Warning) {
    warnings[warning.code, default: 0] += 1
    guard warnings[warning.code, default: 0] <= shownMax else { return }
    note(
      "\(Self.place(name, warning.line, warning.column)) \(warning.code): \(Printable.line(warning.text))"
    )
  }

  private var shownMax: Int { isThorough ? .max : Self.warningsMax }

  private static func place(_ name: String, _ line: Int, _ column: Int) -> String {
    "\(Printable.line(name)):\(line):\(column):"
  }

  private static let speakersShown = 12

  /// How the file was understood, shown because a misunderstanding costs money.
  ///
  /// - Parameter width: the number of digits in the ids of lines without an id of their own.
  func sentences(width: Int) -> [String] {
    var sentences: [String] = []
    let shown = speakers.prefix(Self.speakersShown).map { "\($0.part) (\($0.turns))" }
    if !shown.isEmpty {
      let more = speakers.count - shown.count
      sentences.append(
        "turns of \(shown.joined(separator: ", "))"
          + (more > 0 ? " and \(Figures.count(more)) more" : ""))
    }
    return sentences + preview.map { Self.sentence($0, width: width) }
  }

  private static func sentence(_ line: SpokenLine, width: Int) -> String {
    let id = (line.id ?? "L\(line.number.padded(to: width))") + line.suffix
    let speaker = line.speaker.map { Int($0) == nil ? $0 : "speaker \($0)" }
    let who = [speaker, line.voice.map { "voice \($0)" }].compactMap(\.self)
    let speakers = Set(line.request.scene.map(\.speakerID)).sorted().map(String.init)
    let people =
      who.isEmpty ? "speaker \(speakers.joined(separator: ", "))" : who.joined(separator: ", ")
    let turns = line.request.scene.count > 1 ? ", \(line.request.scene.count) turns" : ""
    return "line \(line.number) → \(id) (\(people)\(turns)): \(line.request.text.prefix(100))"
  }
}
