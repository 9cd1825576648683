/// Notices what a plain text may be instead, and warns at its end.
struct PlainTextHints {
  /// The format that the file is read in.
  let format: InputFormat
  private var labels = Labels()
  private var wraps = Wraps()
  private var firstLine: Int?
  /// What is still to be said; nil before the end of the file.
  private var rest: [Warning]?

  init(format: InputFormat) {
    self.format = format
  }

  /// Notices a line, or the first line of a paragraph; `text` may be blank.
  mutating func note(_ text: String, line: Int) {
    if format == .lines { wraps.note(text) }
    guard !text.isBlank else { return }
    firstLine = firstLine ?? line
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
    var warnings = [labels.warning(advice)].compactMap(\.self)
    if let width = wraps.width {
      warnings.append(
        Warning(
          line: firstLine ?? 1, column: 1, code: "W-WRAP",
          text: "sentences are broken into lines of up to \(width) characters, and each line is "
            + "spoken by itself: use --paragraphs, whose texts end at a blank line"))
    }
    return warnings
  }
}
