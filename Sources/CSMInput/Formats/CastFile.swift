import TOMLKit

/// A cast in TOML: a table `[cast]` with `Anna = "anna"` or `Ben = { voice = "ben", speaker_id = 1 }`;
/// `"*"` is everybody else.
package enum CastFile {
  /// Reads the roles, sorted by name.
  package static func read(_ text: String) throws(SyntaxError) -> [(name: String, role: Cast.Role)]
  {
    let file = try parsed(text)
    guard let cast = file["cast"]?.table else {
      throw SyntaxError("there is no table [cast] with lines such as Anna = \"anna\"")
    }
    var roles: [(String, Cast.Role)] = []
    for name in cast.keys.sorted() {
      roles.append((name, try role(of: name, cast[name])))
    }
    return roles
  }

  private static func parsed(_ text: String) throws(SyntaxError) -> TOMLTable {
    if let line = firstOddLine(in: text) {
      throw SyntaxError(
        line: line,
        "this is not a line of a cast, such as Anna = \"anna\" or"
          + " \"First Citizen\" = { voice = \"ben\", speaker_id = 1 }")
    }
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw SyntaxError(line: error.source.begin.line, error.description)
    } catch {
      throw SyntaxError("this is not TOML")
    }
  }

  /// The first line, from 1, that does not look like a line of a cast.
  ///
  /// This check comes first because the TOML parser traps (`assert`) on some malformed lists, dates and names.
  /// A cast needs none of these.
  private static func firstOddLine(in text: String) -> Int? {
    let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
    let index = lines.firstIndex { scalars in
      shape.flatMap { try? $0.wholeMatch(in: Substring(scalars)) } == nil
    }
    return index.map { $0 + 1 }
  }

  /// A table header, or a key with a string, a whole number or an inline table of these; then optionally a
  /// comment.
  ///
  /// `Regex` is not `Sendable`, but this one never changes.
  private nonisolated(unsafe) static let shape = {
    let string = #"(?:"(?:[^"\\\x00-\x1F\x7F]|\\.)*+"|'[^'\x00-\x1F\x7F]*+')"#
    let key = #"(?:[A-Za-z0-9_-]++|\#(string))"#
    let keys = #"\#(key)(?:[ \t]*+\.[ \t]*+\#(key))*+"#
    let pair = #"\#(keys)[ \t]*+=[ \t]*+(?:\#(string)|[+-]?[0-9_]++)"#
    let table = #"\{[ \t]*+(?:\#(pair)[ \t]*+(?:,[ \t]*+\#(pair)[ \t]*+)*+)?+\}"#
    let content = #"\[[ \t]*+\#(keys)[ \t]*+\]|\#(pair)|\#(keys)[ \t]*+=[ \t]*+\#(table)"#
    let comment = #"#[^\x00-\x08\x0A-\x1F\x7F]*+"#
    let line = #"\u{FEFF}?[ \t]*+(?:\#(content))?[ \t]*+(?:\#(comment))?\r?"#
    return try? Regex(line).matchingSemantics(.unicodeScalar)
  }()

  private static func role(
    of name: String, _ value: (any TOMLValueConvertible)?
  ) throws(SyntaxError) -> Cast.Role {
    if let voice = value?.string { return Cast.Role(voice: voice) }
    guard let table = value?.table else {
      throw SyntaxError(
        "\(name) must be the name of a voice, or { voice = \"…\", speaker_id = … }")
    }
    if let key = table.keys.sorted().first(where: { !["voice", "speaker_id"].contains($0) }) {
      throw SyntaxError("\(name) has an unknown key \(key): use voice or speaker_id")
    }
    if table["voice"] != nil, table["voice"]?.string == nil {
      throw SyntaxError("the voice of \(name) must be a string")
    }
    if table["speaker_id"] != nil, table["speaker_id"]?.int == nil {
      throw SyntaxError("the speaker_id of \(name) must be a whole number")
    }
    return Cast.Role(voice: table["voice"]?.string, speakerID: table["speaker_id"]?.int)
  }
}
