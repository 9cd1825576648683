import CSMCore

/// A line of a dialogue script.
///
/// ```
/// // a comment
/// @cast Anna = anna
/// ## scene id               --- (a scene without a name)
/// Anna: What she says,
///   continued after two spaces or a tab.
/// {b1} Ben: A turn with an id.       \Note: plain words that look like a turn
/// [Host | calm]
/// Host says everything up to the next bracket, heading or break.
/// ```
enum ScriptLine: Equatable {
  case blank
  case comment
  case role(name: String, voice: String)
  case heading(String)
  /// A heading whose words cannot be a scene's id.
  case badHeading(String)
  case sceneBreak
  case turn(id: String?, speaker: String, text: Substring)
  case block(speaker: String)
  /// The continuation of a turn.
  case more(Substring)
  /// A noise or a pause in brackets.
  case marker(Substring)
  /// None of these.
  case other

  init(_ line: String) {
    if line.isBlank {
      self = .blank
    } else if line.hasPrefix("//") {
      self = .comment
    } else if line.hasPrefix("  ") || line.hasPrefix("\t") || line.hasPrefix("\\") {
      self = .more(line.drop { $0 == " " || $0 == "\t" }.dropFirst(line.hasPrefix("\\") ? 1 : 0))
    } else if line.hasPrefix("@cast") {
      self = Self.castRole(line) ?? .other
    } else if line.hasPrefix("##") {
      self = Self.sceneHeading(line)
    } else if line.utf8.count >= 3, line.trimmed.utf8.allSatisfy({ $0 == UInt8(ascii: "-") }) {
      self = .sceneBreak
    } else {
      self = Self.turn(line) ?? .other
    }
  }

  private static func castRole(_ line: String) -> ScriptLine? {
    let words = line.dropFirst("@cast".count)
    guard words.first?.isWhitespace == true, let equals = words.firstIndex(of: "=") else {
      return nil
    }
    let name = String(words[..<equals]).trimmed
    let voice = String(words[words.index(after: equals)...]).trimmed
    return isName(name) && !voice.isEmpty ? .role(name: name, voice: voice) : nil
  }

  /// `## Scene 1` begins the scene `Scene-1`; its id becomes part of file names.
  private static func sceneHeading(_ line: String) -> ScriptLine {
    let words = line.dropFirst(2)
    guard words.first?.isWhitespace == true else { return .other }
    let id = words.split(whereSeparator: \.isWhitespace).joined(separator: "-")
    let isID =
      (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    return isID ? .heading(id) : .badHeading(String(words).trimmed)
  }

  private static func turn(_ line: String) -> ScriptLine? {
    var rest = line[...]
    var id: String?
    if rest.first == "{" {
      guard let close = rest.firstIndex(of: "}") else { return nil }
      id = String(rest[rest.index(after: rest.startIndex)..<close])
      rest = rest[close...].dropFirst().drop(while: \.isWhitespace)
    }
    return rest.first == "[" ? bracketed(rest, id) : named(rest, id)
  }

  /// Reads `Anna: …`.
  private static func named(_ line: Substring, _ id: String?) -> ScriptLine? {
    guard let colon = line.prefix(nameLengthMax + 2).firstIndex(of: ":") else { return nil }
    let name = String(line[..<colon]).trimmed
    guard isName(name) else { return nil }
    let text = line[colon...].dropFirst().drop(while: \.isWhitespace)
    return .turn(id: id, speaker: name, text: text)
  }

  /// Reads `[Anna] …`, `[Host | calm]: …`, or a block's `[Anna]`.
  private static func bracketed(_ line: Substring, _ id: String?) -> ScriptLine? {
    guard let close = line.firstIndex(of: "]") else { return nil }
    let inside = line[..<close].dropFirst()
    let bar = inside.firstIndex(of: "|") ?? inside.endIndex
    let name = String(inside[..<bar]).trimmed
    var text = line[close...].dropFirst()
    if text.first == ":" { text = text.dropFirst() }
    text = text.drop(while: \.isWhitespace)
    if isMarker(name) { return text.isEmpty ? .marker(line[...close]) : nil }
    guard isName(name) else { return nil }
    return text.isEmpty && id == nil
      ? .block(speaker: name) : .turn(id: id, speaker: name, text: text)
  }

  private static let nameLengthMax = 40

  /// Whether a name is a letter followed by up to 39 letters, digits and a few other characters.
  private static func isName(_ name: String) -> Bool {
    guard let first = name.first, first.isLetter, name.count <= nameLengthMax else { return false }
    return name.allSatisfy { $0.isLetter || $0.isNumber || " _-.'’".contains($0) }
  }

  /// Whether a name in brackets is a noise or a pause, such as `laughs` or `pause 2s`.
  ///
  /// Names of people are capitalised.
  private static func isMarker(_ name: String) -> Bool {
    guard let word = name.split(separator: " ").first else { return false }
    return ["pause", "silence", "break"].contains(word.lowercased())
      || (word.count == name.count && word.first?.isLowercase == true)
  }
}
