/// What the columns of a table mean, as a person says it with `--columns`.
///
/// Either the fields in their order, for a table without a header (`id,text,spoken`; `-` for a column that
/// is kept as it is), or fields by the names in the header (`text=Phrase,id=Key`).
package enum ColumnNames: Sendable, Equatable {
  case inOrder([String])
  case byHeader([String: String])

  /// - Returns: nil where it is neither of both.
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

/// What a column holds.
enum Column: Equatable {
  case field(Field)
  /// It is kept as `meta` under its name.
  case meta(String)
  /// It has no name, and is passed over.
  case unnamed

  enum Field: Int, CaseIterable {
    case id, text, spoken, speaker, scene, takes, skip

    var name: String { "\(self)" }

    init?(name: String) {
      guard let field = Self.allCases.first(where: { $0.name == name }) else { return nil }
      self = field
    }

    /// Headers that mean it; of several that are there, the first of this list counts.
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

  /// A header without case, spaces and underscores.
  static func folded(_ header: String) -> String {
    header.lowercased().filter { !$0.isWhitespace && $0 != "_" && $0 != "\u{FEFF}" }
  }
}

/// Which cell of a row holds what.
struct ColumnMap {
  let columns: [Column]
  /// The names that stand in the file, or that were given.
  let names: [String]
  /// The columns that become `meta`, with their names.
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

  /// Which cell holds a field; nil where none does.
  func place(of field: Column.Field) -> Int? { places[field.rawValue] }

  /// Understands a header; nil when no column of it holds a text.
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

  /// Columns whose meaning was given in their order.
  init(inOrder fields: [String]) {
    let columns = fields.map { name in
      Column.Field(name: name).map(Column.field) ?? (name == "-" ? .unnamed : .meta(name))
    }
    self.init(columns, names: fields)
  }

  /// `id ← Identifier, text ← Dialogue, kept: Filename`.
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

  /// The folded name of the column from which the id comes.
  var idHeader: String { place(of: .id).map { Column.folded(names[$0]) } ?? "" }
}

extension String {
  /// Without white space around it.
  var trimmed: String {
    guard let first = unicodeScalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    if first == startIndex, unicodeScalars.index(after: last) == endIndex { return self }
    return String(unicodeScalars[first...last])
  }
}
