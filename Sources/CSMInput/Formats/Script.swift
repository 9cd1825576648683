import CSMCore

/// A dialogue script: who says what, in scenes.
struct Script: EntryReader {
  private var lines: InputLines
  private var scene = Entry.Scene(number: 0, id: "")
  private var named = 0
  private var isInScene = false
  private var hasTurns = false
  private var firstWords: Int?
  /// The speaker of all lines up to the next bracket; nil outside a block.
  private var blockSpeaker: String?

  init(lines: InputLines) {
    self.lines = lines
  }

  mutating func next() throws(InputError) -> Finding? {
    guard let line = try lines.next() else {
      guard let firstWords, !hasTurns else { return nil }
      throw .refused(
        Rejection(
          line: firstWords, .syntax,
          "there is no turn in this script: write Name: words, or use --as lines for plain text"))
    }
    do {
      return try finding(in: line)
    } catch {
      switch error {
      case .rejected(let rejection):
        firstWords = firstWords ?? line.number
        return .rejection(rejection, in: isInScene ? scene : nil)
      case .input(let error): throw error
      }
    }
  }

  private enum LineError: Error {
    case rejected(Rejection)
    case input(InputError)
  }

  private mutating func finding(in line: InputLines.Line) throws(LineError) -> Finding {
    let text = try Self.text(of: line)
    switch ScriptLine(text) {
    case .blank: return .blank
    case .comment: return .directive
    case .role(let name, let voice): return .role(name: name, voice: voice, line: line.number)
    case .heading(let id):
      begin(scene: id)
      blockSpeaker = nil
      return .directive
    case .sceneBreak:
      isInScene = false
      blockSpeaker = nil
      return .directive
    case .turn(let id, let speaker, let words) where blockSpeaker == nil || text.hasPrefix("["):
      blockSpeaker = nil
      return try turn(id, speaker, words, in: text, line)
    case .block(let speaker):
      blockSpeaker = speaker
      return .directive
    case .marker(let marker) where blockSpeaker == nil:
      return .warning(
        Warning(
          line: line.number, column: 1, code: TextLint.markup.rawValue,
          text: "\(marker) is not a speaker, and is left out"))
    case .badHeading(let words):
      // Its turns must not be queued under the previous scene's id.
      begin(scene: words)
      blockSpeaker = nil
      throw .rejected(
        Rejection(
          line: line.number, .syntax,
          "this heading cannot be a scene's id, which becomes part of file names: use 1 to 64 letters A to "
            + "Z, digits, dots, hyphens and underscores"))
    case .more, .other, .turn, .marker:
      guard let blockSpeaker else { throw .rejected(Self.stray(line)) }
      return try turn(nil, blockSpeaker, text[...], in: text, line)
    }
  }

  private static func stray(_ line: InputLines.Line) -> Rejection {
    Rejection(
      line: line.number, .syntax,
      "this is not a turn (Name: words), heading (## id), break (---), @cast Name = voice or // comment; "
        + "begin a line that continues a turn with two spaces")
  }

  /// A turn with its continuation lines.
  private mutating func turn(
    _ id: String?, _ speaker: String, _ words: Substring, in text: String,
    _ line: InputLines.Line
  ) throws(LineError) -> Finding {
    if !isInScene { begin(scene: nil) }
    hasTurns = true
    var turn = Entry.Turn(line: line.number, text: String(words).trimmed)
    turn.column = text.count - words.count + 1
    turn.speaker = Entry.Speaker(written: speaker)
    turn.text += try following(bytes: words.utf8.count)
    if let id {
      do {
        turn.id = try LineID.read(id, at: (line.number, 2))
      } catch {
        throw .rejected(error)
      }
    }
    var entry = Entry(line: line.number, turns: [turn])
    entry.scene = scene
    return .entry(entry)
  }

  /// The words of a turn's continuation lines, each preceded by a space.
  private mutating func following(bytes: Int) throws(LineError) -> String {
    var words = ""
    while let line = try nextLine() {
      let text = try Self.text(of: line)
      let more: Substring
      switch ScriptLine(text) {
      case .more(let words) where blockSpeaker == nil: more = words
      case .turn where blockSpeaker != nil && !text.hasPrefix("["),
        .other where blockSpeaker != nil,
        .marker where blockSpeaker != nil, .more:
        more = text[...]
      case .blank where blockSpeaker != nil: continue
      case .comment: continue
      default:
        lines.unread(line)
        return words
      }
      words += " " + String(more).trimmed
      guard bytes + words.utf8.count <= InputLines.lineBytesMax else {
        throw .rejected(
          Rejection(line: line.number, .budget, "the turn is longer than 1 MiB"))
      }
    }
    return words
  }

  private mutating func begin(scene id: String?) {
    named += id == nil ? 1 : 0
    scene = Entry.Scene(number: scene.number + 1, id: id ?? "scene-\(named)")
    isInScene = true
  }

  private mutating func nextLine() throws(LineError) -> InputLines.Line? {
    do {
      return try lines.next()
    } catch {
      throw .input(error)
    }
  }

  private static func text(of line: InputLines.Line) throws(LineError) -> String {
    do {
      return try line.text()
    } catch {
      throw .rejected(error)
    }
  }
}
