extension Topic {
  /// The topic as a man page in mdoc, without the head: the installer adds it, with the date.
  package var manual: String {
    var lines = [".Sh NAME", ".Nm \(page)", ".Nd \(Self.escaped(summary))", ".Sh DESCRIPTION"]
    var isFirst = true
    for block in document.blocks {
      if case .paragraph = block, !isFirst { lines.append(".Pp") }
      lines += Self.lines(of: block)
      if case .heading = block { isFirst = true } else { isFirst = false }
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(of block: Document.Block) -> [String] {
    switch block {
    case .heading(let text): [".Sh \(escaped(text.uppercased()))"]
    case .paragraph(let text): filled(text)
    case .literal(let lines):
      [".Bd -literal -offset 2n"] + lines.map { guarded(escaped($0)) } + [".Ed"]
    case .items(let items):
      [".Bl -tag -width 14n"] + items.flatMap { [".It \(term($0.term))"] + filled($0.text) }
        + [".El"]
    }
  }

  private static func filled(_ text: String) -> [String] {
    strong(Document.wrapped(text, to: 78).map(escaped).joined(separator: "\n"))
      .split(separator: "\n", omittingEmptySubsequences: false).map { guarded(String($0)) }
  }

  private static func term(_ text: String) -> String {
    let words = escaped(text.filter { $0 != "`" }).replacing("\"", with: "\\(dq")
    return "Sy \"\(words)\""
  }

  /// Protects a line that begins with a period or an apostrophe: roff would read it as a macro.
  private static func guarded(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&\(line)" : line
  }

  /// Escapes what roff reads as something else, and replaces what a terminal without Unicode lacks.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("…", with: "...")
  }

  /// Sets code between backticks in bold.
  ///
  /// A pair may begin on one line and end on another.
  private static func strong(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    return parts.dropFirst().enumerated().reduce(String(parts.first ?? "")) { before, part in
      before + (part.offset.isMultiple(of: 2) ? "\\fB" : "\\fR") + part.element
    }
  }
}
