import CSMCore
import Foundation

/// A table with a row for each text: CSV, TSV, PSV.
struct Table: EntryReader {
  private let names: ColumnNames?
  private var lines: InputLines
  private var separator: CSVRecords.Separator
  private var rows: CSVRecords?
  private var map: ColumnMap?
  private var held: CSVRecords.Record?
  private var scene: Entry.Scene?

  init(lines: InputLines, separator: CSVRecords.Separator, names: ColumnNames?) {
    self.lines = lines
    self.separator = separator
    self.names = names
  }

  var columns: String? { map?.description }

  mutating func next() throws(InputError) -> Finding? {
    if rows == nil, try !begin() { return nil }
    let record: CSVRecords.Record
    if let first = held {
      held = nil
      record = first
    } else {
      switch try rows?.next() {
      case nil: return nil
      case .failure(let rejection): return .rejection(rejection, in: openScene)
      case .success(let row): record = row
      }
    }
    do {
      return try finding(in: record)
    } catch {
      return .rejection(error, in: openScene)
    }
  }

  // MARK: The header

  /// Reads the first row, and finds out what the columns are.
  ///
  /// - Returns: whether there is a row at all.
  private mutating func begin() throws(InputError) -> Bool {
    var first = try lines.next()
    while let line = first, line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
      first = try lines.next()
    }
    guard let first else { return false }
    separator = separator(of: first.bytes)
    lines.unread(first)
    var rows = CSVRecords(lines: lines, separator: separator)
    switch try rows.next() {
    case nil: return false
    case .failure(let rejection): throw .refused(rejection)
    case .success(let row): try understand(row)
    }
    self.rows = rows
    return true
  }

  /// Excel writes semicolons where the comma is the decimal sign, and some name a file .csv that has
  /// other separators still.
  private func separator(of line: [UInt8]) -> CSVRecords.Separator {
    guard separator == .comma else { return separator }
    let separators = [CSVRecords.Separator.comma, .semicolon, .tab, .pipe]
    let fitting = separators.first { separator in
      let cells = line.split(separator: separator.rawValue, omittingEmptySubsequences: false)
      if case .inOrder(let fields) = names { return cells.count == fields.count }
      let header = cells.map { String(decoding: $0, as: UTF8.self).replacing("\"", with: "") }
      let renamed = if case .byHeader(let renamed) = names { renamed } else { [String: String]() }
      return cells.count > 1 && ColumnMap(header: header, renamed: renamed) != nil
    }
    // Pipes stand in few texts, and commas in most.
    return fitting ?? (line.contains(CSVRecords.Separator.pipe.rawValue) ? .pipe : .comma)
  }

  private mutating func understand(_ row: CSVRecords.Record) throws(InputError) {
    switch names {
    case .inOrder(let fields):
      map = ColumnMap(inOrder: fields)
      let isHeader = row.cells.map(Column.folded) == fields.map(Column.folded)
      if !isHeader { held = row }
    case .byHeader(let renamed):
      let header = Set(row.cells.map(Column.folded))
      if let missing = renamed.keys.sorted().first(where: { !header.contains($0) }) {
        throw .refused(
          Rejection(
            line: row.line, .field,
            "no column is named \(missing); the header is: \(row.cells.joined(separator: ", "))"))
      }
      map = ColumnMap(header: row.cells, renamed: renamed)
    case nil:
      if let known = ColumnMap(header: row.cells) {
        map = known
      } else if separator == .pipe, row.cells.count == 2 {
        // `id|text` is what everybody means by two columns with a pipe between them.
        map = ColumnMap(inOrder: ["id", "text"])
        held = row
      } else {
        throw .refused(Rejection(line: row.line, .field, unknownColumns(row)))
      }
    }
  }

  private func unknownColumns(_ row: CSVRecords.Record) -> String {
    if separator == .pipe {
      return "there is no header, and \(row.cells.count) columns may mean several things: say "
        + "--columns id,text,spoken (LJSpeech) or --columns id,speaker,text (Coqui)"
    }
    return
      "no column is named text (or dialogue, script, sentence, transcription, content): say what "
      + "the columns are, such as --columns id,text without a header, or --columns text=NAME with one"
  }

  // MARK: Rows

  private mutating func finding(in row: CSVRecords.Record) throws(Rejection) -> Finding {
    guard let map, !row.cells.allSatisfy(\.isBlank) else { return .blank }
    guard row.cells.count <= map.columns.count else {
      throw Rejection(
        line: row.line, .field,
        "the row has \(row.cells.count) cells, and there are \(map.columns.count) columns: "
          + "a text with \(separator.name) in it "
          + (separator.hasQuotes ? "must stand in quotes" : "cannot stand in this format"))
    }
    func value(_ field: Column.Field) -> String? {
      guard let place = map.place(of: field), place < row.cells.count else { return nil }
      let cell = row.cells[place].trimmed
      return cell.isEmpty ? nil : cell
    }
    if let skip = value(.skip), ["1", "true", "yes", "x"].contains(skip.lowercased()) {
      return .skipped
    }
    var turn = Entry.Turn(line: row.line, text: value(.text) ?? "")
    turn.column = column(of: .text, in: row)
    turn.spoken = value(.spoken)
    turn.speaker = value(.speaker).flatMap(Entry.Speaker.init(written:))
    var entry = Entry(line: row.line, turns: [turn])
    entry.scene = try scene(value(.scene), in: row)
    if let id = value(.id) {
      let place = (line: row.line, column: column(of: .id, in: row))
      entry.id =
        ["filename", "outpath"].contains(map.idHeader)
        ? try LineID.read(path: id, mayBeFolder: map.idHeader == "outpath", at: place)
        : try LineID.read(id, at: place)
    }
    if let takes = value(.takes) {
      entry.takes = try Takes.read(takes, at: (row.line, column(of: .takes, in: row)))
    }
    entry.meta = try meta(of: row, map)
    return .entry(entry)
  }

  /// The scene in which a row that cannot be read probably stands.
  private var openScene: Entry.Scene? { scene?.id == "" ? nil : scene }

  /// Rows next to each other with the same value are one scene.
  private mutating func scene(_ value: String?, in row: CSVRecords.Record) throws(Rejection)
    -> Entry.Scene?
  {
    guard let value else {
      scene?.id = ""
      return nil
    }
    // A scene's id becomes the name of a file, or of a folder.
    let id = try LineID.read(value, at: (row.line, column(of: .scene, in: row)))
    if scene?.id != id { scene = Entry.Scene(number: (scene?.number ?? 0) + 1, id: id) }
    return scene
  }

  private func meta(of row: CSVRecords.Record, _ map: ColumnMap) throws(Rejection) -> String? {
    guard !map.kept.isEmpty else { return nil }
    var meta: [String: String] = [:]
    for (place, name) in map.kept where place < row.cells.count { meta[name] = row.cells[place] }
    return try JSONText.text(of: meta, line: row.line)
  }

  /// Where a field's cell begins, in characters; where cells stand in quotes it is only near.
  private func column(of field: Column.Field, in row: CSVRecords.Record) -> Int {
    guard let place = map?.place(of: field), place < row.cells.count else { return 1 }
    return row.cells[..<place].reduce(1) { $0 + $1.unicodeScalars.count + 1 }
  }
}

extension Entry.Speaker {
  /// A speaker as a file names it: digits are an id.
  init?(written text: String) {
    let name = text.trimmed
    guard !name.isEmpty else { return nil }
    if let id = Int(name), SpeechLimits.speakerIDs.contains(id), name.utf8.count == 1 {
      self = .id(id)
    } else {
      self = .name(SpokenText.composed(name))
    }
  }
}
