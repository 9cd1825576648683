/// A JSON object on each line.
struct JSONLines: EntryReader {
  var lines: InputLines
  var isAtBeginning = true

  mutating func next() throws(InputError) -> Finding? {
    guard let line = try lines.next() else { return nil }
    if isAtBeginning, !line.isBlank {
      isAtBeginning = false
      try requireObject(in: line)
    }
    do {
      let text = try line.text()
      return text.isBlank ? .blank : .entry(try JSONEntry(text, line: line.number).read())
    } catch {
      return .rejection(error)
    }
  }

  /// Refuses the file unless its first line is a whole object of a known kind.
  private func requireObject(in line: InputLines.Line) throws(InputError) {
    let bytes = line.bytes.filter { $0 > 0x20 }
    let goesOn = bytes.last.map { ",{[".utf8.contains($0) } ?? false
    guard bytes.starts(with: "[{".utf8) || goesOn && "{[".utf8.contains(bytes[0]) else {
      return try JSONEntry(String(decoding: line.bytes, as: UTF8.self), line: line.number)
        .requireKnownKind()
    }
    throw .refused(
      Rejection(
        line: line.number, .syntax,
        "this is not JSONL, which has one object per line and no commas between them: use --as json"
      ))
  }
}
