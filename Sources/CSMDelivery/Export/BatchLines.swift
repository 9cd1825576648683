import CSMSQLite

/// The lines of a batch in their order, as an export looks at them.
struct BatchLines {
  private let wish: ExportWish
  private let table: JobTable

  init(_ wish: ExportWish, _ table: JobTable) {
    self.wish = wish
    self.table = table
  }

  /// Hands over the lines with their places in the batch, and with their other takes where those are wanted
  /// and have audio.
  func each(_ body: (LineRow, _ place: Int) throws -> Void) throws {
    var selection = Selection()
    selection.batch = wish.options.batch
    if wish.hasAllTakes { selection.age = .withTakes }
    var places: [String: Int] = [:]
    var count = 0
    try table.lines(selection, in: .added, limit: nil) { line in
      if line.former == nil { count += 1 }
      // The row of a line is older than those of its takes.
      if wish.hasAllTakes, line.former == nil { places[line.line] = count }
      guard line.former == nil || line.digest != nil else { return }
      try body(line, places[line.line] ?? count)
    }
  }
}
