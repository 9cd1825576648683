import CSMCore

/// A dialogue from podcastfy: `<Person1>…</Person1><Person2>…</Person2>`, with line breaks anywhere.
struct Podcastfy: EntryReader {
  private var lines: InputLines
  private var text: Substring = ""
  private var line = 0
  private var hasTurns = false

  private static let scene = Entry.Scene(number: 1, id: "scene-1")

  init(lines: InputLines) {
    self.lines = lines
  }

  mutating func next() throws(InputError) -> Finding? {
    do {
      guard try find() else {
        guard line > 0, !hasTurns else { return nil }
        throw InputError.refused(
          Rejection(
            line: 1, .syntax, "there is no turn in this file: write <Person1>words</Person1>"))
      }
      return try turn()
    } catch let rejection as Rejection {
      return .rejection(rejection, in: Self.scene)
    } catch let error as InputError {
      throw error
    } catch {
      return nil
    }
  }

  /// Skips white space; returns false at the end of the file.
  private mutating func find() throws -> Bool {
    while true {
      text = text.drop(while: \.isWhitespace)
      if !text.isEmpty { return true }
      guard try advance() else { return false }
    }
  }

  private mutating func advance() throws -> Bool {
    guard let next = try lines.next() else { return false }
    line = next.number
    text = try next.text()[...]
    return true
  }

  private mutating func turn() throws -> Finding {
    let start = line
    guard text.first == "<", let close = text.firstIndex(of: ">"),
      let speaker = Entry.Speaker(written: String(text[..<close].dropFirst())),
      case .name(let name) = speaker, name.first?.isLetter == true
    else {
      text = text.dropFirst().drop { $0 != "<" }
      throw Rejection(
        line: start, .syntax, "these words are not in a turn: write <Person1>words</Person1>")
    }
    text = text[close...].dropFirst()
    hasTurns = true
    var words: [String] = []
    var bytes = 0
    let tag = "</\(name)>"
    while true {
      let end = text.firstRange(of: tag)
      let part = String(text[..<(end?.lowerBound ?? text.endIndex)]).trimmed
      bytes += part.utf8.count
      if bytes <= InputLines.lineBytesMax, !part.isEmpty { words.append(part) }
      if let end {
        text = text[end.upperBound...]
        break
      }
      guard try advance() else {
        text = ""
        throw Rejection(line: start, .syntax, "this turn never ends: \(tag) is missing")
      }
    }
    guard bytes <= InputLines.lineBytesMax else {
      throw Rejection(line: start, .budget, "the turn is longer than 1 MiB")
    }
    var turn = Entry.Turn(line: start, text: words.joined(separator: " "))
    turn.speaker = speaker
    var entry = Entry(line: start, turns: [turn])
    entry.scene = Self.scene
    return .entry(entry)
  }
}
