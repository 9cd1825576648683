import CSMSQLite

/// The lines of a batch in order, for an export.
struct BatchLines {
  private let wish: ExportWish
  private let table: JobTable

  init(_ wish: ExportWish, _ table: JobTable) {
    self.wish = wish
    self.table = table
  }

  func isWanted(_ line: LineRow) -> Bool { wish.flaw(of: line) == nil }

  /// Calls `body` for each line with its place in the batch.
  ///
  /// If all takes are wanted, other takes with audio are included.
  func each(_ body: (LineRow, _ place: Int) throws -> Void) throws {
    var selection = Selection()
    selection.batch = wish.options.batch
    if wish.options.hasAllTakes { selection.age = .withTakes }
    var places: [String: Int] = [:]
    var count = 0
    try table.lines(selection, in: .added, limit: nil) { line in
      if line.former == nil { count += 1 }
      // The row of a line comes before those of its takes.
      if wish.options.hasAllTakes, line.former == nil { places[line.line] = count }
      guard line.former == nil || line.digest != nil else { return }
      try body(line, places[line.line] ?? count)
    }
  }
}
