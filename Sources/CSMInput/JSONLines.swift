/// A JSON object on each line.
struct JSONLines: EntryReader {
  var lines: InputLines

  mutating func next() throws(InputError) -> Finding? {
    guard let line = try lines.next() else { return nil }
    do {
      let text = try line.text()
      return text.isBlank ? .blank : .entry(try JSONEntry(text, line: line.number).read())
    } catch {
      return .rejection(error)
    }
  }
}
