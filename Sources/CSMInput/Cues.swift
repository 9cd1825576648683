/// Subtitles, SRT or WebVTT: each cue is a text; its number is the id, and its times are kept.
struct Cues: EntryReader {
  private var lines: InputLines
  private var count = 0

  init(lines: InputLines) {
    self.lines = lines
  }

  mutating func next() throws(InputError) -> Finding? {
    do {
      guard let block = try nextBlock() else { return nil }
      return try finding(in: block)
    } catch {
      switch error {
      case .rejected(let rejection): return .rejection(rejection)
      case .input(let error): throw error
      }
    }
  }

  private enum Trouble: Error {
    case rejected(Rejection)
    case input(InputError)
  }

  /// Lines up to a blank one.
  private struct Block {
    let line: Int
    var lines: [String] = []
  }

  private mutating func nextBlock() throws(Trouble) -> Block? {
    var block: Block?
    var bytes = 0
    var rejection: Rejection?
    while let line = try nextLine() {
      do throws(Rejection) {
        let text = try line.text()
        if text.isBlank {
          if block == nil { continue }
          break
        }
        block = block ?? Block(line: line.number)
        bytes += text.utf8.count
        if bytes <= InputLines.lineBytesMax { block?.lines.append(text) }
      } catch {
        block = block ?? Block(line: line.number)
        rejection = rejection ?? error
      }
    }
    if let rejection { throw .rejected(rejection) }
    if let block, bytes > InputLines.lineBytesMax {
      throw .rejected(Rejection(line: block.line, .budget, "the cue is longer than 1 MiB"))
    }
    return block
  }

  private mutating func nextLine() throws(Trouble) -> InputLines.Line? {
    do {
      return try lines.next()
    } catch {
      throw .input(error)
    }
  }

  private mutating func finding(in block: Block) throws(Trouble) -> Finding {
    guard let timing = block.lines.prefix(2).firstIndex(where: { $0.contains("-->") }) else {
      let isNote = ["WEBVTT", "NOTE", "STYLE", "REGION"].contains {
        block.lines.first?.hasPrefix($0) == true
      }
      if isNote { return .mark }
      throw .rejected(
        Rejection(
          line: block.line, .syntax,
          "this is no cue: its number, a line with its times (00:00:01,000 --> 00:00:02,500), its words"
        ))
    }
    count += 1
    let written = timing == 0 ? "\(count)" : block.lines[0]
    let cue = CueText(block.lines[(timing + 1)...].joined(separator: " "))
    guard !cue.words.isEmpty else { return .blank }
    do throws(Rejection) {
      var turn = Entry.Turn(line: block.line + timing + 1, text: cue.words)
      turn.speaker = cue.speaker.flatMap(Entry.Speaker.init(written:))
      var entry = Entry(line: block.line, turns: [turn])
      entry.id = try LineID.read(written, at: (block.line, 1))
      entry.meta = try JSONText.text(of: Self.times(block.lines[timing]), line: block.line)
      return .entry(entry)
    } catch {
      throw .rejected(error)
    }
  }

  /// Beginning and end as they stand in the file.
  private static func times(_ line: String) -> [String: String] {
    let parts = line.split(separator: "-->", maxSplits: 1).map { String($0).trimmed }
    let end = parts.last?.split(separator: " ").first.map(String.init)
    return ["start": parts.first ?? "", "end": end ?? ""].mapValues { $0.replacing(",", with: ".") }
  }
}

/// The words of a cue without its marks: `<i>`, `<v Anna>`, `{\an8}`, `&amp;`.
private struct CueText {
  private(set) var words = ""
  /// The name in a voice mark.
  private(set) var speaker: String?

  init(_ text: String) {
    var rest = text[...]
    while let open = rest.firstIndex(where: { $0 == "<" || $0 == "{" }) {
      let closing: Character = rest[open] == "<" ? ">" : "}"
      guard let close = rest[open...].prefix(Self.markLengthMax).firstIndex(of: closing),
        let mark = Self.mark(rest[open...close])
      else {
        words += rest[...open]
        rest = rest[rest.index(after: open)...]
        continue
      }
      words += rest[..<open]
      if mark.hasPrefix("v "), speaker == nil { speaker = String(mark.dropFirst(2)).trimmed }
      rest = rest[rest.index(after: close)...]
    }
    words += rest
    for (entity, sign) in [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&amp;", "&")] {
      words = words.replacing(entity, with: sign)
    }
    words = words.trimmed
  }

  private static let markLengthMax = 200

  /// What stands between the brackets; nil where they are no mark.
  private static func mark(_ text: Substring) -> Substring? {
    let inside = text.dropFirst().dropLast()
    guard let first = inside.first else { return nil }
    if text.first == "{" { return first == "\\" ? inside : nil }
    return first.isLetter || first.isNumber || first == "/" ? inside : nil
  }
}
