/// Notices what a plain text may be instead, and warns at its end.
struct PlainTextHints {
  /// The format that the file is read in.
  let format: InputFormat
  private var labels = Labels()
  /// What is still to be said; nil before the end of the file.
  private var rest: [Warning]?

  init(format: InputFormat) {
    self.format = format
  }

  /// Notices a line, or the first line of a paragraph; `text` may be blank.
  mutating func note(_ text: String, line: Int) {
    guard !text.isBlank else { return }
    labels.note(text, line: line)
  }

  /// The next warning at the end of the file; nil after the last.
  mutating func nextWarning() -> Finding? {
    var left = rest ?? self.warnings
    let next = left.isEmpty ? nil : left.removeFirst()
    rest = left
    return next.map(Finding.warning)
  }

  private var warnings: [Warning] {
    let advice = { (_: String) in
      "if this is a dialogue, read it with --as script, or remove the names"
    }
    return [labels.warning(advice)].compactMap(\.self)
  }
}
