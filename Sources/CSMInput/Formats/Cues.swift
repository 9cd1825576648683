import CSMCore

/// Subtitles, SRT or WebVTT: each cue is a text; its number becomes the id, and its times are kept in meta.
///
/// A cue begins at the row with its times, whatever precedes it: real files often lack blank lines between
/// cues, or have some within a cue.
struct Cues: EntryReader {
  private var lines: InputLines
  private var isWebVTT: Bool
  private var numbers: CueNumbers
  private var cue: Cue
  private var found: [Finding] = []
  private var isAfterBlank = true
  /// The line of the last WebVTT header; concatenated files have several.
  private var header = 0
  /// Whether to skip rows up to a blank one: inside a header, note or style.
  private var isInNote = false
  private var isAtEnd = false
  /// The last row of the previous cue.
  private var lastRow = ""
  /// How many consecutive cues began with the last row of the previous one.
  private var repetitions = 0
  private var isRolling = false

  private var labels = Labels()

  private static let repetitionsMax = 3

  init(lines: InputLines, isWebVTT: Bool) {
    self.lines = lines
    self.isWebVTT = isWebVTT
    numbers = CueNumbers(areWritten: true)
    cue = Cue(line: 1, times: nil)
  }

  /// The rows since the last one with times.
  private struct Cue {
    /// The line of its id or its times.
    var line: Int
    var id: String?
    /// Nil before the first cue.
    var times: CueTimes?
    var rows: [Row] = []
    var bytes = 0
    var rejection: Rejection?
  }

  private struct Row {
    let line: Int
    let text: String
    let isAfterBlank: Bool
  }

  mutating func next() throws(InputError) -> Finding? {
    while found.isEmpty, !isAtEnd {
      if let line = try lines.next() {
        read(line)
      } else {
        isAtEnd = true
        close()
        warnOfLabels()
      }
    }
    return found.isEmpty ? nil : found.removeFirst()
  }

  // MARK: Rows

  private mutating func read(_ line: InputLines.Line) {
    do throws(Rejection) {
      let text = Self.withoutMark(try line.text())
      if isHeader(text) {
        beginFile(at: line.number)
      } else if text.isBlank {
        isAfterBlank = true
        isInNote = false
      } else if let times = CueTimes(text) {
        begin(times, at: line.number)
      } else if isInNote, line.number == header + 1, Int(digits: text.trimmed) != nil {
        // The blank row between header and first cue is missing.
        isInNote = false
        take(Row(line: line.number, text: text.trimmed, isAfterBlank: true))
      } else if !isInNote, !text.hasPrefix("X-TIMESTAMP-MAP=") {
        take(Row(line: line.number, text: text.trimmed, isAfterBlank: isAfterBlank))
      }
    } catch {
      cue.rejection = cue.rejection ?? error
      isAfterBlank = false
    }
  }

  /// Removes the byte order mark of a file that was appended to another one.
  private static func withoutMark(_ text: String) -> String {
    text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
  }

  private func isHeader(_ text: String) -> Bool {
    guard text.hasPrefix("WEBVTT"), text.split(whereSeparator: \.isWhitespace).first == "WEBVTT"
    else { return false }
    let isFirst = cue.times == nil && cue.rows.isEmpty
    return text.trimmed == "WEBVTT" || isAfterBlank && (isWebVTT || isFirst)
  }

  private mutating func beginFile(at line: Int) {
    close()
    cue = Cue(line: line, times: nil)
    header = line
    isWebVTT = true
    numbers.areWritten = false
    isAfterBlank = false
    isInNote = true
  }

  private mutating func take(_ row: Row) {
    isAfterBlank = false
    if isWebVTT, row.isAfterBlank, let word = row.text.split(whereSeparator: \.isWhitespace).first,
      ["NOTE", "STYLE", "REGION"].contains(word)
    {
      isInNote = true
      return
    }
    cue.bytes += row.text.utf8.count
    guard cue.bytes <= InputLines.lineBytesMax else {
      cue.rejection =
        cue.rejection ?? Rejection(line: cue.line, .budget, "the cue is longer than 1 MiB")
      return
    }
    cue.rows.append(row)
  }

  /// Closes the current cue and begins the next.
  private mutating func begin(_ times: CueTimes, at line: Int) {
    if case .broken = times, case .broken = cue.times, cue.rows.isEmpty { return }
    let id = takeID()
    close()
    cue = Cue(line: id?.line ?? line, id: id?.text, times: times)
    isAfterBlank = false
    isInNote = false
  }

  /// Removes the last row of the current cue if it is the id of the next one.
  ///
  /// Some programs write a number twice, or a blank row after it.
  private mutating func takeID() -> Row? {
    guard let row = cue.rows.last else { return nil }
    let isNumber = Int(digits: row.text) != nil
    let isNumbered = isNumber && areNumbered
    guard isAfterBlank ? isNumbered && row.isAfterBlank : isNumbered || row.isAfterBlank else {
      return nil
    }
    cue.rows.removeLast()
    if isNumber, let twin = cue.rows.last, twin.isAfterBlank, twin.text == row.text {
      cue.rows.removeLast()
    }
    guard !isNumber, !isWebVTT, numbers.areWritten, cue.times != nil else { return row }
    found.append(
      .rejection(
        Rejection(
          line: row.line, .syntax,
          "these words are where the number of a cue should be: write the number there, or move the words "
            + "into a cue")))
    return nil
  }

  /// Whether a row with a number is the number of a cue, rather than its words.
  private var areNumbered: Bool {
    numbers.areWritten || cue.id.flatMap { Int(digits: $0) } != nil
  }

  // MARK: Cues

  private mutating func close() {
    defer { cue.rows = [] }
    if let rejection = cue.rejection {
      _ = numbers.id(cue.id)
      found.append(.rejection(rejection))
      return
    }
    switch cue.times {
    case nil: rejectStray(cue.rows)
    case .broken:
      _ = numbers.id(cue.id)
      found.append(
        .rejection(
          Rejection(
            line: cue.line, .syntax,
            "the times of this cue cannot be read: write hours, minutes, seconds and milliseconds, not "
              + "frames, on one line: 00:00:01,000 --> 00:00:02,500")))
      rejectStray(parts(of: cue).stray)
    case .whole(let start, let end):
      let (rows, stray) = parts(of: cue)
      for row in rows.dropFirst() where row.isAfterBlank {
        warn(row.line, "these words after a blank line are read as part of the cue before them")
      }
      rejectStray(stray)
      speak(rows.map(\.text), start: start, end: end)
    }
  }

  /// Rejects rows that belong to no cue, one rejection for each cue without times.
  private mutating func rejectStray(_ rows: [Row]) {
    let haveNumbers = rows.contains { Int(digits: $0.text) != nil }
    for (place, row) in rows.enumerated() {
      let isNext = row.isAfterBlank && (!haveNumbers || Int(digits: row.text) != nil)
      guard place == 0 || isNext else { continue }
      found.append(
        .rejection(
          Rejection(
            line: row.line, .syntax,
            "this is not a cue, which has a number, a line with times (00:00:01,000 --> 00:00:02,500), and "
              + "words"
          )))
    }
  }

  /// The cue's words, including those after a blank row, and the cues without times that follow it.
  private func parts(of cue: Cue) -> (words: [Row], stray: [Row]) {
    let end = cue.rows.firstIndex {
      areNumbered && $0.isAfterBlank && Int(digits: $0.text) != nil
    }
    let rows = cue.rows[...]
    return (Array(rows[..<(end ?? rows.endIndex)]), Array(rows[(end ?? rows.endIndex)...]))
  }

  private mutating func speak(_ rows: [String], start: String, end: String) {
    let (id, startsAgain) = numbers.id(cue.id)
    if startsAgain {
      warn(cue.line, "the numbers of the cues start again: this one has the id \(id)")
    }
    warnOfRepetition(rows)
    if let broken = BrokenWord.first(in: rows) {
      found.append(.warning(BrokenWord.warning(broken.words, line: cue.line)))
    }
    let text = CueText(rows.joined(separator: " "))
    if let tag = text.unknownTag {
      warn(cue.line, code: "W-TAG", "<\(tag)> is not a tag of subtitles, and is left out")
    }
    if text.hasDrawing {
      warn(cue.line, code: "W-TAG", "this cue has a drawing, which is left out")
    }
    if let reference = text.unknownReference {
      found.append(.warning(.unknownReference(reference, line: cue.line)))
    }
    for row in rows { labels.note(CueText(row).turns.first?.words ?? "", line: cue.line) }
    guard !text.turns.isEmpty else { return found.append(.blank) }
    do throws(Rejection) {
      var entry = Entry(line: cue.line, turns: [])
      for (speaker, words) in text.turns {
        var turn = Entry.Turn(line: cue.rows.first?.line ?? cue.line, text: words)
        turn.speaker = speaker.flatMap(Entry.Speaker.init(written:))
        entry.turns.append(turn)
      }
      entry.id = try LineID.read(id, at: (cue.line, 1))
      entry.meta = try MetaText.text(of: ["start": start, "end": end], line: cue.line)
      found.append(.entry(entry))
    } catch {
      found.append(.rejection(error))
    }
  }

  /// Warns of roll-up captions, such as YouTube's: each row would be spoken, and paid for, twice.
  private mutating func warnOfRepetition(_ rows: [String]) {
    func words(_ row: String?) -> String {
      Markup(row ?? "").pieces.reduce(into: "") { words, piece in
        if case .words(let more) = piece { words += more }
      }.trimmed
    }
    let first = words(rows.first)
    repetitions = first == lastRow && !first.isEmpty ? repetitions + 1 : 0
    lastRow = words(rows.last)
    guard repetitions == Self.repetitionsMax, !isRolling else { return }
    isRolling = true
    warn(
      cue.line,
      "these captions roll up: each cue begins with the last row of the cue before it, which would be "
        + "spoken, and paid for, twice: remove the repeated rows first")
  }

  private mutating func warnOfLabels() {
    let advice = { (name: String) in
      "remove the names from the words, or write <v \(name)> in their place, which says who speaks"
    }
    if let warning = labels.warning(advice) { found.append(.warning(warning)) }
  }

  private mutating func warn(_ line: Int, code: String = "W-CUE", _ text: String) {
    found.append(.warning(Warning(line: line, column: 1, code: code, text: text)))
  }
}
