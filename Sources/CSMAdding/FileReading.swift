import CSMCore
import CSMFiles
import CSMInput
import CSMWorkplace

/// Reads one file into lines that can be spoken, and names what cannot.
struct FileReading {
  /// The file's name as messages show it.
  let name: String
  /// What came out of the file.
  private(set) var tally = Tally()
  /// The ids of entries that are not added.
  private(set) var rejectedIDs: Set<String> = []
  /// How the columns of a table were understood.
  private(set) var columns: String?
  /// The first lines, to be looked at.
  private(set) var preview: [SpokenLine] = []

  /// Who speaks, with which voice, and how many turns.
  var speakers: [(part: String, turns: Int)] { composer.speakers }

  private let note: (String) -> Void
  private var composer: Composer
  private let isThorough: Bool
  private var warnings: [String: Int] = [:]

  private static let previewCount = 3
  /// Warnings of one kind that are printed, unless all are wanted.
  private static let warningsMax = 10

  package struct Tally {
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

  /// Reads to the end, and hands over what can be spoken.
  ///
  /// - Throws: `Failure` when nothing of the file can be understood; what `hand` throws.
  mutating func read(_ start: any EntryReader, _ hand: (SpokenLine) throws -> Void) throws {
    var reader = start
    do {
      while let finding = try reader.next() {
        count(finding)
        for result in composer.take(finding) { try keep(result, hand) }
      }
    } catch InputError.read(let code) {
      throw FileError("read", name, code: code)
    } catch InputError.refused(let rejection) {
      throw Failure(
        "\(Self.place(name, rejection.line, rejection.column)) \(rejection.code.rawValue): "
          + "\(rejection.reason)", .badInput)
    }
    for result in composer.finish() { try keep(result, hand) }
    for (code, count) in warnings.sorted(by: { $0.key < $1.key }) where count > shown(code) {
      note(
        "\(name): \(code): \(Figures.count(count - Self.warningsMax)) more like these; --lint shows all"
      )
    }
    columns = reader.columns
  }

  private mutating func count(_ finding: Finding) {
    switch finding {
    case .entry, .rejection, .blank, .skipped: tally.read += 1
    case .mark, .warning, .role: break
    }
  }

  private mutating func keep(_ result: Composer.Result, _ hand: (SpokenLine) throws -> Void) throws
  {
    switch result {
    case .line(let line):
      if preview.count < Self.previewCount { preview.append(line) }
      tally.made += 1
      try hand(line)
    case .blank: tally.blank += 1
    case .skipped: tally.skipped += 1
    case .refused: tally.rejected += 1
    case .unspoken(let id): rejectedIDs.insert(id)
    case .rejection(let rejection):
      tally.rejected += 1
      explain(rejection)
    case .explanation(let rejection): explain(rejection)
    case .warning(let warning): warn(warning)
    }
  }

  // MARK: Words about it

  /// Names what cannot be spoken, such as `a.csv:17:4: E-EMPTY: there is no letter or digit to speak`.
  func explain(_ rejection: Rejection) {
    note(
      "\(Self.place(name, rejection.line, rejection.column)) \(rejection.code.rawValue): "
        + Printable.line(rejection.reason))
  }

  private mutating func warn(_ warning: Warning) {
    warnings[warning.code, default: 0] += 1
    guard warnings[warning.code, default: 0] <= shown(warning.code) else { return }
    note(
      "\(Self.place(name, warning.line, warning.column)) \(warning.code): \(Printable.line(warning.text))"
    )
  }

  private func shown(_ code: String) -> Int { isThorough ? .max : Self.warningsMax }

  private static func place(_ name: String, _ line: Int, _ column: Int) -> String {
    "\(Printable.line(name)):\(line):\(column):"
  }

  private static let speakersShown = 12

  /// How the file is understood, since a wrong guess costs money.
  ///
  /// - Parameter width: the digits of the numbers by which lines without an id are called.
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
    let number = String(line.number)
    let zeros = String(repeating: "0", count: max(0, width - number.count))
    let id = (line.id ?? "L\(zeros)\(number)") + line.suffix
    let who = [line.speaker, line.voice.map { "voice \($0)" }].compactMap(\.self)
    let speakers = Set(line.request.scene.map(\.speakerID)).sorted().map(String.init)
    let people =
      who.isEmpty ? "speaker \(speakers.joined(separator: ", "))" : who.joined(separator: ", ")
    let turns = line.request.scene.count > 1 ? ", \(line.request.scene.count) turns" : ""
    return "line \(line.number) → \(id) (\(people)\(turns)): \(line.request.text.prefix(100))"
  }
}
