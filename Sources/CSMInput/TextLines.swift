/// Plain text: each line is a text; blank ones are passed over, and keep their numbers.
struct TextLines: EntryReader {
  var lines: InputLines

  mutating func next() throws(InputError) -> Finding? {
    guard let line = try lines.next() else { return nil }
    if line.number == 1, TableHint.isAnki(line) {
      throw .refused(
        Rejection(
          line: 1, .field,
          "this is an export of Anki: say --as csv, and with --columns which column is the text, such as "
            + "--columns text,back,tags"))
    }
    do {
      let text = try line.text()
      guard !text.isBlank else { return .blank }
      return .entry(Entry(line: line.number, turns: [.init(line: line.number, text: text)]))
    } catch {
      return .rejection(error)
    }
  }
}

/// Plain text of which each paragraph is a text: its lines up to a blank one, joined by spaces.
struct Paragraphs: EntryReader {
  var lines: InputLines

  mutating func next() throws(InputError) -> Finding? {
    var first: Int?
    var paragraph: [String] = []
    var bytes = 0
    var rejection: Rejection?
    while let line = try lines.next() {
      do throws(Rejection) {
        let text = try line.text()
        if text.isBlank {
          if first == nil { return .blank }
          break
        }
        first = first ?? line.number
        bytes += text.utf8.count
        guard bytes <= InputLines.lineBytesMax else {
          paragraph = []
          throw Rejection(line: line.number, .budget, "the paragraph is longer than 1 MiB")
        }
        if rejection == nil { paragraph.append(text) }
      } catch {
        first = first ?? line.number
        rejection = rejection ?? error
      }
    }
    guard let first else { return nil }
    if let rejection { return .rejection(rejection) }
    let text = paragraph.joined(separator: " ")
    return .entry(Entry(line: first, turns: [.init(line: first, text: text)]))
  }
}

extension String {
  var isBlank: Bool { utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } || allSatisfy(\.isWhitespace) }
}
