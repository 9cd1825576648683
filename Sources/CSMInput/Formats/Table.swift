/// A table with one text per row: CSV, TSV, PSV.
struct Table: EntryReader {
  private let names: ColumnNames?
  private var lines: InputLines
  /// Nil until it is detected.
  private var separator: CellSeparator?
  private var isHTML = false
  private var rows: CSVRecords?
  private var map: ColumnMap?
  /// The folded header, to recognise repetitions in the file.
  private var header: [String] = []
  /// A first row that is not a header.
  private var held: CSVRecords.Record?
  /// What the last row was found to be, and is not returned yet.
  private var pending: [Finding] = []
  private var scene: Entry.Scene?
  /// Whether the last row was unreadable, so that nobody knows its scene.
  private var hasLostScene = false

  init(lines: InputLines, separator: CellSeparator?, names: ColumnNames?) {
    self.lines = lines
    self.separator = separator
    self.names = names
  }

  var columns: String? {
    guard let map, let separator else { return nil }
    return map.description + (map.columns.count > 1 ? ", with a \(separator) between them" : "")
  }

  mutating func next() throws(InputError) -> Finding? {
    if rows == nil, try !begin() { return nil }
    if !pending.isEmpty { return pending.removeFirst() }
    let record: CSVRecords.Record
    if let first = held {
      held = nil
      record = first
    } else {
      switch try rows?.next() {
      case nil: return nil
      case .failure(let rejection): return .rejection(rejection, in: loseScene())
      case .success(let row): record = row
      }
    }
    do {
      return try finding(in: record)
    } catch {
      return .rejection(error, in: scene(ofRejected: record))
    }
  }

  // MARK: The header

  /// Reads everything above the rows, and determines separator and columns.
  ///
  /// - Returns: whether the file has any row.
  private mutating func begin() throws(InputError) -> Bool {
    var hint = TableHint()
    var first = try lines.next()
    while let line = first {
      guard line.isBlank ? true : try hint.read(line) else { break }
      first = try lines.next()
    }
    guard let first else { return false }
    lines.unread(first)
    let given = separator ?? hint.separator
    let separator = if let given { given } else { try detected() }
    self.separator = separator
    isHTML = hint.isHTML
    var rows = CSVRecords(
      lines: lines, separator: separator, endsWithLine: hint.isAnki ? false : nil)
    if let columns = hint.columns {
      var header = CSVRecords(lines: InputLines([columns]), separator: separator)
      try understand(header.next(), isAlone: true)
    } else {
      try understand(rows.next(), isAlone: false)
    }
    self.rows = rows
    return true
  }

  private mutating func detected() throws(InputError) -> CellSeparator {
    let sample = try lines.peek(SeparatorChoice.rows, bytes: SeparatorChoice.bytes)
    return try SeparatorChoice(sample: sample, names: names).separator()
  }

  /// - Parameter isAlone: whether the header comes from a hint, so it is not the first row.
  private mutating func understand(
    _ first: Result<CSVRecords.Record, Rejection>?, isAlone: Bool
  ) throws(InputError) {
    let row: CSVRecords.Record
    switch first {
    case nil: return
    case .failure(let rejection): throw .refused(rejection)
    case .success(let record): row = record
    }
    header = row.cells.map(Column.folded)
    switch names {
    case .inOrder(let fields):
      map = ColumnMap(inOrder: fields)
      let isHeader = header == fields.map(Column.folded)
      if !isHeader, !isAlone { held = row }
      header = fields.map(Column.folded)
    case .byHeader(let renamed):
      if let missing = renamed.keys.sorted().first(where: { !header.contains($0) }) {
        throw .refused(
          Rejection(
            line: row.line, .field,
            "there is no column \(missing); the header is: \(row.cells.joined(separator: ", "))"))
      }
      map = ColumnMap(header: row.cells, renamed: renamed)
    case nil:
      if let known = ColumnMap(header: row.cells) {
        map = known
        pending += known.unusedVoices(line: row.line).map(Finding.warning)
      } else if separator == .pipe, row.cells.count == 2 {
        // Two columns with a pipe are always `id|text`.
        header = ["id", "text"]
        map = ColumnMap(inOrder: header)
        held = row
      } else {
        throw .refused(Rejection(line: row.line, .field, unknownColumns(row)))
      }
    }
  }

  private func unknownColumns(_ row: CSVRecords.Record) -> String {
    if separator == .pipe {
      return "there is no header, and \(row.cells.count) columns may mean several things: use "
        + "--columns id,text,spoken (LJSpeech) or --columns id,speaker,text (Coqui)"
    }
    return
      "no column is named text (or dialogue, script, sentence, transcription, transcript, content): name the "
      + "columns, such as --columns id,text without a header, or --columns text=NAME with one"
  }

  // MARK: Rows

  private mutating func finding(in row: CSVRecords.Record) throws(Rejection) -> Finding {
    guard let map, let last = row.cells.lastIndex(where: { !$0.isBlank }) else { return .blank }
    guard last < map.columns.count else { throw tooManyCells(row, map) }
    if isHeader(row) {
      return .warning(
        Warning(
          line: row.line, column: 1, code: "W-HEADER",
          text: "the header is repeated here, and is skipped"))
    }
    var unknownReference: String?
    func value(_ field: Column.Field) -> String? {
      guard let place = map.place(of: field), place < row.cells.count else { return nil }
      let isWords = field == .text || field == .spoken
      let cell = row.cells[place]
      let words = isHTML && isWords ? HTMLText.plain(cell, unknown: &unknownReference) : cell
      let value = words.trimmed
      return value.isEmpty ? nil : value
    }
    if let skip = value(.skip), try Skip.read(skip, at: (row.line, column(of: .skip, in: row))) {
      return .skipped
    }
    var turn = Entry.Turn(line: row.line, text: value(.text) ?? "")
    turn.column = column(of: .text, in: row)
    turn.spoken = value(.spoken)
    turn.speaker = value(.speaker).flatMap(Entry.Speaker.init(written:))
    var entry = Entry(line: row.line, turns: [turn])
    let earlier = openScene
    entry.scene = try scene(value(.scene), in: row)
    if let id = value(.id) {
      let place = (line: row.line, column: column(of: .id, in: row))
      entry.id =
        ["filename", "outpath", "audiofile"].contains(map.idHeader)
        ? try LineID.read(path: id, mayBeFolder: map.idHeader == "outpath", at: place)
        : try LineID.read(id, at: place)
    }
    if let takes = value(.takes) {
      entry.takes = try Takes.read(takes, at: (row.line, column(of: .takes, in: row)))
    }
    entry.meta = try meta(of: row, map)
    if hasLostScene, let scene = entry.scene, scene != earlier {
      pending.append(.incomplete(scene))
    }
    hasLostScene = false
    if let unknownReference {
      pending.append(.warning(.unknownReference(unknownReference, line: row.line)))
    }
    pending.append(.entry(entry))
    return pending.removeFirst()
  }

  private func isHeader(_ row: CSVRecords.Record) -> Bool {
    row.cells.count == header.count
      && zip(row.cells, header).allSatisfy { Column.folded($0) == $1 }
  }

  private func tooManyCells(_ row: CSVRecords.Record, _ map: ColumnMap) -> Rejection {
    let separator = separator ?? .comma
    return Rejection(
      line: row.line, .field,
      "the row has \(row.cells.count) cells, but there are \(map.columns.count) columns: "
        + (separator.hasQuotes
          ? "put a text with a \(separator) in quotes"
          : "a text in this format cannot contain a \(separator)"))
  }

  /// The scene of the last row; nil for none.
  private var openScene: Entry.Scene? { scene?.id == "" ? nil : scene }

  /// The scene before a row whose scene cannot be read; it may belong to that one or to the next.
  private mutating func loseScene() -> Entry.Scene? {
    hasLostScene = map?.place(of: .scene) != nil
    return openScene
  }

  /// The scene of a row that has another mistake.
  ///
  /// A text with a separator in it moves the cells that follow.
  private mutating func scene(ofRejected row: CSVRecords.Record) -> Entry.Scene? {
    guard let map, let place = map.place(of: .scene) else { return nil }
    let isMoved =
      CSVRecords.used(row.cells) > map.columns.count && place > map.place(of: .text) ?? 0
    guard !isMoved else { return loseScene() }
    let value = place < row.cells.count ? row.cells[place].trimmed : ""
    do throws(Rejection) {
      return try scene(value.isEmpty ? nil : value, in: row)
    } catch {
      scene?.id = ""
      return nil
    }
  }

  /// Consecutive rows with the same value are one scene.
  private mutating func scene(_ value: String?, in row: CSVRecords.Record) throws(Rejection)
    -> Entry.Scene?
  {
    guard let value else {
      scene?.id = ""
      return nil
    }
    // A scene's id becomes the name of a file or folder.
    let id = try LineID.read(value, at: (row.line, column(of: .scene, in: row)))
    if scene?.id != id { scene = Entry.Scene(number: (scene?.number ?? 0) + 1, id: id) }
    return scene
  }

  private func meta(of row: CSVRecords.Record, _ map: ColumnMap) throws(Rejection) -> String? {
    guard !map.kept.isEmpty else { return nil }
    var meta: [String: String] = [:]
    for (place, name) in map.kept where place < row.cells.count { meta[name] = row.cells[place] }
    return try MetaText.text(of: meta, line: row.line)
  }

  /// The column where a field's cell begins, in characters; only approximate if cells are quoted.
  private func column(of field: Column.Field, in row: CSVRecords.Record) -> Int {
    guard let place = map?.place(of: field), place < row.cells.count else { return 1 }
    return row.cells[..<place].reduce(1) { $0 + $1.unicodeScalars.count + 1 }
  }
}
