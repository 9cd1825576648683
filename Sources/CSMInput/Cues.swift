/// Subtitles, SRT or WebVTT: each cue is a text; its number is the id, and its times are kept.
///
/// A cue begins at the row with its times, whatever stands before it: blank lines between cues are often
/// missing, and some stand within one.
struct Cues: EntryReader {
  private var lines: InputLines
  private var isWebVTT: Bool
  private var numbers: CueNumbers
  private var cue: Cue
  private var found: [Finding] = []
  private var isAfterBlank = true
  /// A note, a style or the header is passed over, up to a blank row.
  private var isInNote = false
  private var isAtEnd = false

  init(lines: InputLines, isWebVTT: Bool) {
    self.lines = lines
    self.isWebVTT = isWebVTT
    numbers = CueNumbers(areWritten: !isWebVTT)
    cue = Cue(line: 1, times: nil)
  }

  /// What was read since a row with times.
  private struct Cue {
    /// Where it begins.
    var line: Int
    var id: String?
    /// Nil for what stands before the first cue.
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
      }
    }
    return found.isEmpty ? nil : found.removeFirst()
  }

  // MARK: Rows

  private mutating func read(_ line: InputLines.Line) {
    do throws(Rejection) {
      let text = try line.text()
      if line.number == 1, text.hasPrefix("WEBVTT") {
        isWebVTT = true
        numbers = CueNumbers(areWritten: false)
        isInNote = true
      } else if text.isBlank {
        isAfterBlank = true
        isInNote = false
      } else if let times = CueTimes(text) {
        begin(times, at: line.number)
      } else if !isInNote {
        take(Row(line: line.number, text: text.trimmed, isAfterBlank: isAfterBlank))
      }
    } catch {
      cue.rejection = cue.rejection ?? error
      isAfterBlank = false
    }
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

  /// Closes the cue before a row with times, and opens that of the row.
  private mutating func begin(_ times: CueTimes, at line: Int) {
    if case .broken = times, case .broken = cue.times, cue.rows.isEmpty { return }
    let id = takeID()
    close()
    cue = Cue(line: id?.line ?? line, id: id?.text, times: times)
    isAfterBlank = false
    isInNote = false
  }

  /// Takes the row above the times out of the cue before it, where it is the id of what comes.
  ///
  /// Some programs write a number twice, or a blank row behind it.
  private mutating func takeID() -> Row? {
    guard let row = cue.rows.last else { return nil }
    let isNumber = CueNumbers.number(row.text) != nil
    let isNumbered = isNumber && numbers.areWritten
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
          "these words stand where the number of a cue should: put the number there, or the words into "
            + "a cue")))
    return nil
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
            "the times of this cue cannot be understood: write 00:00:01,000 --> 00:00:02,500 in one row"
          )
        ))
    case .whole(let start, let end):
      speak(words(of: cue), start: start, end: end)
    }
  }

  private mutating func rejectStray(_ rows: [Row]) {
    guard let first = rows.first else { return }
    found.append(
      .rejection(
        Rejection(
          line: first.line, .syntax,
          "this is no cue: its number, a line with its times (00:00:01,000 --> 00:00:02,500), its words"
        )))
  }

  /// The rows that are the cue's words; those behind a blank row too, unless they are a cue without times.
  private mutating func words(of cue: Cue) -> [String] {
    var words: [String] = []
    var stray: [Row] = []
    var isStray = false
    for row in cue.rows {
      if row.isAfterBlank {
        isStray = numbers.areWritten && CueNumbers.number(row.text) != nil
        if !isStray, !words.isEmpty {
          warn(row.line, "these words behind a blank line are read as part of the cue before them")
        }
      }
      if isStray { stray.append(row) } else { words.append(row.text) }
    }
    rejectStray(stray)
    return words
  }

  private mutating func speak(_ rows: [String], start: String, end: String) {
    let (id, beginsAgain) = numbers.id(cue.id)
    if beginsAgain {
      warn(cue.line, "the numbers of the cues begin again: this one has the id \(id)")
    }
    let text = CueText(rows.joined(separator: " "))
    if let mark = text.unknownMark {
      warn(cue.line, code: "W-TAG", "<\(mark)> is no mark of subtitles, and left out")
    }
    guard !text.turns.isEmpty else { return found.append(.blank) }
    do throws(Rejection) {
      var entry = Entry(line: cue.line, turns: [])
      for (speaker, words) in text.turns {
        var turn = Entry.Turn(line: cue.rows.first?.line ?? cue.line, text: words)
        turn.speaker = speaker.flatMap(Entry.Speaker.init(written:))
        entry.turns.append(turn)
      }
      entry.id = try LineID.read(id, at: (cue.line, 1))
      entry.meta = try JSONText.text(of: ["start": start, "end": end], line: cue.line)
      found.append(.entry(entry))
    } catch {
      found.append(.rejection(error))
    }
  }

  private mutating func warn(_ line: Int, code: String = "W-CUE", _ text: String) {
    found.append(.warning(Warning(line: line, column: 1, code: code, text: text)))
  }
}
