/// A JSON object on each line.
struct JSONLines: EntryReader {
  var lines: InputLines
  var isAtBeginning = true

  mutating func next() throws(InputError) -> Finding? {
    guard let line = try lines.next() else { return nil }
    if isAtBeginning, !line.isBlank {
      isAtBeginning = false
      try demandObject(in: line)
    }
    do {
      let text = try line.text()
      return text.isBlank ? .blank : .entry(try JSONEntry(text, line: line.number).read())
    } catch {
      return .rejection(error)
    }
  }

  /// Sees that the first line is an object of a kind that is read, and not the beginning of a longer one.
  private func demandObject(in line: InputLines.Line) throws(InputError) {
    let signs = line.bytes.filter { $0 > 0x20 }
    let goesOn = signs.last.map { ",{[".utf8.contains($0) } ?? false
    guard signs.starts(with: "[{".utf8) || goesOn && "{[".utf8.contains(signs[0]) else {
      return try JSONEntry(String(decoding: line.bytes, as: UTF8.self), line: line.number)
        .demandKnownKind()
    }
    throw .refused(
      Rejection(
        line: line.number, .syntax,
        "this is no JSONL, which has an object on each line and no commas between them: say --as json"
      ))
  }
}
