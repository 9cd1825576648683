import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite

/// How exported files are named, such as `{speaker}/{n:05}-{id}.{ext}`.
package struct NameTemplate: Sendable {
  private enum Part: Sendable, Equatable {
    case text(String)
    case field(Field, width: Int?)
    /// The line's value under this header in its input file.
    case meta(String)
  }

  /// Fields that every line has.
  private enum Field: String, CaseIterable, Sendable {
    case id, n, batch, speaker, voice, scene, turn, take, hash, slug, ext, date

    /// Whether the field takes a width; a cut id no longer identifies a file, nor a cut extension its type.
    var takesWidth: Bool { ![.id, .ext, .date].contains(self) }
  }

  /// Why a template is refused, in one sentence without a full stop.
  package struct InvalidTemplate: Error, CustomStringConvertible {
    package let description: String
  }

  private let parts: [Part]

  /// The default template, which names every file after its line.
  package static let standard = NameTemplate(
    parts: [.field(.id, width: nil), .text("."), .field(.ext, width: nil)])
  /// The default template for exports of all takes.
  package static let ofTakes = NameTemplate(
    parts: [
      .field(.id, width: nil), .text(".take"), .field(.take, width: nil), .text("."),
      .field(.ext, width: nil),
    ])

  /// Whether takes of a line get different names.
  package var tellsTakesApart: Bool {
    parts.contains {
      if case .field(let field, _) = $0 { field == .take || field == .hash } else { false }
    }
  }

  /// Whether it is one of the default templates.
  package var isStandard: Bool { [Self.standard.parts, Self.ofTakes.parts].contains(parts) }

  /// The widths that a field may have; a component of a path holds hardly more.
  private static let widths = 1...120

  private init(parts: [Part]) { self.parts = parts }

  package init(_ text: String) throws(InvalidTemplate) {
    var parts: [Part] = []
    var rest = text[...]
    func add(_ text: Substring) { if !text.isEmpty { parts.append(.text(String(text))) } }
    while let brace = rest.firstIndex(where: { "{}".contains($0) }) {
      add(rest[..<brace])
      guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else {
        throw InvalidTemplate(description: "\(text) has an unmatched brace")
      }
      parts.append(try Self.part(rest[rest.index(after: brace)..<end]))
      rest = rest[rest.index(after: end)...]
    }
    add(rest)
    self.parts = parts
    do throws(ExportName.InvalidPath) {
      _ = try ExportName(parts.map { if case .text(let text) = $0 { text } else { "x" } }.joined())
    } catch {
      throw InvalidTemplate(description: error.description)
    }
  }

  private static func part(_ word: Substring) throws(InvalidTemplate) -> Part {
    if word.hasPrefix("meta."), word.count > 5 { return .meta(String(word.dropFirst(5))) }
    let pieces = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = pieces.first.map(String.init) ?? ""
    guard let field = Field(rawValue: name) else {
      let known = Field.allCases.map(\.rawValue) + ["meta.HEADER"]
      let near = Spelling.nearest(to: name, among: known).map { "did you mean {\($0)}?" }
      throw InvalidTemplate(
        description: "{\(word)} is not a field: "
          + (near ?? "the fields are {\(known.joined(separator: "}, {"))}"))
    }
    guard let written = pieces.dropFirst().first else { return .field(field, width: nil) }
    guard field.takesWidth else {
      throw InvalidTemplate(description: "{\(word)}: \(name) takes no width")
    }
    guard let width = Int(written), widths.contains(width) else {
      throw InvalidTemplate(
        description: "{\(word)}: a width must be from \(widths.lowerBound) to \(widths.upperBound)")
    }
    return .field(field, width: width)
  }

  /// The name of a line's file.
  ///
  /// - Parameters:
  ///   - place: the line's place in its batch, from 1.
  ///   - ext: the file's extension, without a dot.
  package func name(of line: LineRow, place: Int, ext: String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .meta(let header): line.metaValue(header) ?? Self.nothing
      case .field(let field, let width): Self.value(field, width, line, place, ext)
      }
    }.joined()
  }

  /// The text for a field without a value.
  private static let nothing = "none"

  private static func value(
    _ field: Field, _ width: Int?, _ line: LineRow, _ place: Int, _ ext: String
  ) -> String {
    switch field {
    // A slash in an id makes a folder, as does one in a column of the input file.
    case .id: line.line
    case .n: place.padded(to: width ?? 0)
    case .turn: line.turn.map { $0.padded(to: width ?? 0) } ?? nothing
    case .take: line.take.padded(to: width ?? 0)
    case .batch: cut(line.batch, width)
    case .speaker: cut(line.speakerName ?? nothing, width)
    case .voice: cut(line.voice ?? nothing, width)
    case .scene: cut(line.scene ?? nothing, width)
    case .hash: cut(line.digest?.hex ?? nothing, width)
    case .slug: cut(slug(line.text), width ?? 40)
    case .ext: ext
    case .date: String((line.finishedAt?.rfc3339 ?? nothing).prefix(10))
    }
  }

  private static func cut(_ text: String, _ width: Int?) -> String {
    String(text.replacingScalars(["/": "_"]).prefix(width ?? .max))
  }

  /// The words of a text in lower case, joined by hyphens.
  private static func slug(_ text: String) -> String {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.isEmpty ? nothing : words.joined(separator: "-")
  }
}

extension LineRow {
  /// The string or whole number under a header in the line's input file; nil if it is empty.
  func metaValue(_ header: String) -> String? {
    guard case .object(let values) = metaValues else { return nil }
    return values[header]?.written.flatMap { $0.isEmpty ? nil : $0 }
  }
}
