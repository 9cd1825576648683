import CSMCore

/// The meaning of a table's columns, from `--columns`.
///
/// Either the fields in order, for a table without a header (`id,text,spoken`; `-` ignores a column), or
/// the fields by their names in the header (`text=Phrase,id=Key`).
package enum ColumnNames: Sendable, Equatable {
  case inOrder([String])
  case byHeader([String: String])

  /// - Returns: nil if the text has neither form.
  package init?(_ text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    let pairs = parts.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    if pairs.allSatisfy({ $0.count == 2 }) {
      var fields: [String: String] = [:]
      for pair in pairs {
        guard Column.Field(name: pair[0]) != nil else { return nil }
        fields[Column.folded(pair[1])] = pair[0]
      }
      guard fields.values.contains("text") else { return nil }
      self = .byHeader(fields)
    } else {
      guard pairs.allSatisfy({ $0.count == 1 }), parts.contains("text"),
        Set(parts.filter { $0 != "-" }).count == parts.count(where: { $0 != "-" })
      else { return nil }
      self = .inOrder(parts)
    }
  }
}

/// What a column contains.
enum Column: Equatable {
  case field(Field)
  /// Kept in `meta` under its name.
  case meta(String)
  /// Ignored, since it has no name.
  case unnamed

  enum Field: Int, CaseIterable {
    case id, text, spoken, speaker, scene, takes, skip

    var name: String { "\(self)" }

    init?(name: String) {
      guard let field = Self.allCases.first(where: { $0.name == name }) else { return nil }
      self = field
    }

    /// Headers for this field, folded; if a table has several of them, the first in this list wins.
    var headers: [String] {
      switch self {
      case .id:
        ["id", "lineid", "identifier", "key", "filename", "outpath", "audiofile"]
      case .text:
        [
          "text", "dialogue", "dialog", "script", "sentence", "transcription", "transcript",
          "content",
        ]
      case .spoken: ["spoken", "normalized", "ttstext"]
      case .speaker:
        ["speaker", "speakername", "character", "actor", "role", "voice", "voiceid", "speakerid"]
      case .scene: ["scene", "group", "conversation", "dialogueid"]
      case .takes: ["takes"]
      case .skip: ["skip"]
      }
    }
  }

  /// A header in lower case, without spaces and underscores.
  static func folded(_ header: String) -> String {
    // The first cell of each row is compared with the header, and ids are mostly such words.
    let isFolded = header.utf8.allSatisfy {
      (0x21...0x7E).contains($0) && !(0x41...0x5A).contains($0) && $0 != UInt8(ascii: "_")
    }
    if isFolded { return header }
    return header.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "\u{FEFF}" }
  }
}

/// Maps fields to the cells of a row.
struct ColumnMap {
  let columns: [Column]
  /// The names from the header or from `--columns`.
  let names: [String]
  /// The columns kept in `meta`.
  let kept: [(place: Int, name: String)]
  private let places: [Int?]

  private init(_ columns: [Column], names: [String]) {
    self.columns = columns
    self.names = names
    kept = columns.enumerated().compactMap { place, column in
      if case .meta(let name) = column { (place, name) } else { nil }
    }
    places = Column.Field.allCases.map { columns.firstIndex(of: .field($0)) }
  }

  /// The index of a field's cell; nil if there is none.
  func place(of field: Column.Field) -> Int? { places[field.rawValue] }

  /// Interprets a header; nil if it has no column for the text.
  init?(header: [String], renamed: [String: String] = [:]) {
    let names = header.map(\.trimmed)
    let folded = header.map(Column.folded)
    var columns = names.map { $0.isEmpty ? Column.unnamed : .meta($0) }
    for field in Column.Field.allCases {
      let given = folded.firstIndex { renamed[$0] == field.name }
      let known = field.headers.lazy.compactMap { header in
        folded.indices.first { folded[$0] == header && renamed[header] == nil }
      }.first
      if let place = given ?? known { columns[place] = .field(field) }
    }
    guard columns.contains(.field(.text)) else { return nil }
    self.init(columns, names: names)
  }

  /// Columns given in order.
  init(inOrder fields: [String]) {
    let columns = fields.map { name in
      Column.Field(name: name).map(Column.field) ?? (name == "-" ? .unnamed : .meta(name))
    }
    self.init(columns, names: fields)
  }

  /// Such as `id ← Identifier, text ← Dialogue, kept: Filename`.
  var description: String {
    var parts: [String] = []
    for (column, name) in zip(columns, names) {
      if case .field(let field) = column {
        parts.append(Column.folded(name) == field.name ? name : "\(field.name) ← \(name)")
      }
    }
    if !kept.isEmpty { parts.append("kept: \(kept.map(\.name).joined(separator: ", "))") }
    return parts.joined(separator: ", ")
  }

  /// A warning for each column of voices that is only kept, because another column says who speaks.
  func unusedVoices(line: Int) -> [Warning] {
    guard let speaker = place(of: .speaker), let text = place(of: .text) else { return [] }
    return kept.filter { ["voice", "voiceid"].contains(Column.folded($0.name)) }.map { column in
      let option = ShellWord.quoted("text=\(names[text]),speaker=\(column.name)")
      return Warning(
        line: line, column: 1, code: "W-COLUMN",
        text: "the column \(column.name) is kept, but does not choose a voice, since "
          + "\(names[speaker]) says who speaks: give the speakers voices with --voice or --cast, or use "
          + "--columns \(option)"
      )
    }
  }

  /// The folded name of the id's column; empty if there is none.
  var idHeader: String { place(of: .id).map { Column.folded(names[$0]) } ?? "" }
}
