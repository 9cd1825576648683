import CSMCore
import CSMFiles
import CSMInput
import Foundation

extension FuzzTarget {
  /// What becomes of files of people: requests that can be spoken, and voices.
  static let spoken = [compose, splitter, typography, respelling, columns, encoding, clip]

  /// The whole way from a file to requests; its first two bytes say how.
  private static let compose = FuzzTarget(
    "compose",
    seeds: InputFormat.allCases.indices.flatMap { format in
      fileSeeds.map { "\(Character(Unicode.Scalar(UInt8(48 + format))))\(format)\($0)" }
    }, words: fileWords
  ) { bytes in
    let how = bytes.prefix(2).reduce(0) { $0 << 8 | Int($1) }
    let formats = InputFormat.allCases
    let format = formats[(how >> 8) % formats.count]
    var options = Composer.Options()
    options.isDialogue = format.isDialogue
    options.cast = Cast(voices: [warm])
    options.cast.isAutomatic = how & 1 == 0
    if how & 2 == 0 { _ = options.cast.assign("Anna", .init(voice: warm.name)) }
    options.isPerTurn = how & 4 == 0
    options.chain = how & 8 == 0 ? 2 : 0
    options.isThorough = how & 16 == 0
    if how & 32 == 0 { options.splitter = how & 64 == 0 ? nil : Splitter(charactersMax: 20) }
    var composer = Composer(options)
    var reader = format.reader(of: InputLines(bytes: Array(bytes.dropFirst(2))))
    do {
      while let finding = try reader.next() { try composer.take(finding).forEach(check) }
    } catch is InputError {
      return
    }
    try composer.finish().forEach(check)
  }

  private static let warm = Voice(
    name: "warm", clip: Digest(SIMD32(repeating: 7)), transcript: "These are the words.")

  private static func check(_ result: Composer.Result) throws {
    guard case .line(let line) = result else { return }
    try demand(line.number >= 1 && line.version >= 1, "a line without a place")
    try demand(line.id?.isEmpty != true, "a line with an empty id")
    try demand(SpokenText.isSpeakable(line.request.text), "nothing to speak in \(line.request)")
    for turn in line.request.scene {
      try demand(!turn.text.isEmpty && !turn.text.utf8.contains(0), "a turn without a text")
      try demand(SpeechLimits.speakerIDs.contains(turn.speakerID), "nobody speaks \(turn)")
    }
    if let meta = line.meta {
      let value = try? JSONSerialization.jsonObject(with: Data(meta.utf8))
      try demand(value is [String: Any], "meta that is no object: \(meta)")
    }
  }

  /// The pieces of a text are its words in their order, and no longer than they may be.
  private static let splitter = FuzzTarget(
    "splitter",
    seeds: [
      " A first sentence. And Dr. Smith said; no, nothing - at 3.5 km… “Yes?” he asked (twice!).",
      "\u{8C}one, two, three, four five six seven\neight\u{2028}nine\u{85}ten\u{A0}eleven", "x",
    ],
    words: [". ", "! ", "; ", ", ", " ", "\n", "Mr. ", "e.g. ", "“", "”", "…", "\u{3000}", " - "]
  ) { bytes in
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    let most = Int(bytes.first ?? 0) + 1
    let pieces = Splitter(charactersMax: most).pieces(of: text)
    try demand(
      words(of: pieces.joined(separator: " ")) == words(of: text), "other words: \(pieces)")
    for piece in pieces {
      try demand(
        piece.unicodeScalars.count <= most || words(of: piece).count <= 1, "too long: \(piece)")
    }
  }

  private static func words(of text: String) -> [String] {
    text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }
  }

  /// Plain forms stay as they are, and nothing in them moves a cursor.
  private static let typography = FuzzTarget(
    "typography",
    seeds: [
      "“It’s—well…”", "a,;:-", "\u{200B}\u{202E}\u{1B}[2J", "e\u{301}", "(yes!)\"", " . ", "—",
    ], words: ["“", "’", "—", "…", " ", "\u{A0}", "\u{200D}", ",", "-", ")", "\"", ".", "\u{301}"]
  ) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    let plain = SpokenText.composed(Typography.plain(SpokenText.composed(text)))
    try demand(SpokenText.composed(Typography.plain(plain)) == plain, "changed again: \(plain)")
    try demand(
      !plain.unicodeScalars.contains { $0.properties.generalCategory == .control },
      "a control is sent")
    _ = TextLint.findings(in: text, isThorough: true)
    _ = try? SpokenText.pieces(of: text)
  }

  private static let respelling = FuzzTarget(
    "respelling",
    seeds: ["SQL\tsequel\nNASA\tnassa\n# no\n\nsql\t\n", "a\tb\na\tc\naa\tb\n", "\t\n", "x"],
    words: ["\t", "\n", "#", "SQL", "\u{301}", " "]
  ) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    var respelling = Respelling()
    do {
      try RespellingFile.read(text, isNormalised: true, into: &respelling)
    } catch let error as SyntaxError {
      try demand(
        error.line.map { $0 >= 1 } == true && !error.reason.isEmpty, "an error without a place")
    }
    let isSame = respelling.applied(to: text) == text
    try demand(isSame || !respelling.isEmpty, "other words without a term")
  }

  private static let columns = FuzzTarget(
    "columns", seeds: ["id,text,spoken", "text=Phrase,id=Key", "-,text", "text=,id", "=,=", ",,"],
    words: ["text", "id", "speaker", "takes", "scene", "skip", "=", ",", "-"]
  ) { bytes in
    guard let names = ColumnNames(String(decoding: bytes, as: UTF8.self)) else { return }
    let table = Array("Phrase,Key,x\n\"a \"\"b\"\"\",1,2\n,,\n1,2,3,4\n".utf8)
    var reader = InputFormat.csv.reader(of: InputLines(bytes: table), columns: names)
    do {
      while let finding = try reader.next() {
        if case .entry(let entry) = finding { try demand(!entry.turns.isEmpty, "no turn") }
      }
    } catch is InputError {}
  }

  /// Any bytes in any encoding are lines of text, or refused.
  private static let encoding = FuzzTarget(
    "encoding", seeds: ["plain\r\n", "Gr\u{FC}\u{DF}e"],
    bytes: [
      [0xFF, 0xFE, 0x48, 0, 0x3D, 0xD8, 0, 0xDE], [0xFE, 0xFF, 0, 0x48], [0x81, 0x8D, 0x93],
    ]
  ) { bytes in
    for encoding in TextEncoding.allCases {
      var reader = InputFormat.lines.reader(of: InputLines(bytes: bytes, encoding: encoding))
      do {
        while let finding = try reader.next() {
          guard case .entry(let entry) = finding else { continue }
          try demand(!entry.turns.contains { $0.text.utf8.contains(0) }, "a NUL is text")
        }
      } catch is InputError {}
    }
  }

  /// A clip of a voice: what is read can be judged, and written down as the same sound.
  private static let clip = FuzzTarget(
    "clip", seeds: ["RIFF\u{24}\u{0}\u{0}\u{0}WAVE"],
    bytes: [8, 16, 24, 32].map { wave(bytes: 64, bits: $0) } + [wave(bytes: 64, bits: 64, kind: 3)],
    words: ["RIFF", "WAVE", "fmt ", "data", "LIST", "\u{3}\u{0}", "\u{1}\u{0}", "\u{7F}"]
  ) { bytes in
    guard let (sound, format) = try? Sound.read(wav: bytes) else { return }
    try demand(!sound.samples.isEmpty && format.channels > 0, "a sound without samples")
    let made = sound.resampled(to: ClipCheck.rate)
    try demand(made.samples.allSatisfy(\.isFinite), "a sample that is no number")
    let check = ClipCheck(made, transcript: "These are the words.")
    try demand(check.pace.isFinite && check.positions > 0, "figures that are none")
    guard !made.samples.isEmpty else { return }
    let again = try Sound.read(wav: made.wav).sound
    try demand(again.samples.count == made.samples.count, "another length: \(again.milliseconds)")
  }
}
