import TOMLKit

/// A cast in TOML: a table `[cast]` with `Anna = "anna"` or `Ben = { voice = "ben", speaker_id = 1 }`;
/// `"*"` is everybody else.
package enum CastFile {
  package struct Mistake: Error, Equatable {
    /// From 1; nil where the mistake is not in one place.
    package let line: Int?
    package let reason: String

    package init(line: Int? = nil, _ reason: String) {
      self.line = line
      self.reason = reason
    }
  }

  /// Reads the parts, sorted by name.
  package static func read(_ text: String) throws(Mistake) -> [(name: String, role: Cast.Role)] {
    let file = try parsed(text)
    guard let cast = file["cast"]?.table else {
      throw Mistake("a table [cast] with lines such as Anna = \"anna\" is missing")
    }
    var roles: [(String, Cast.Role)] = []
    for name in cast.keys.sorted() {
      roles.append((name, try role(of: name, cast[name])))
    }
    return roles
  }

  private static func parsed(_ text: String) throws(Mistake) -> TOMLTable {
    if let line = firstOddLine(in: text) {
      throw Mistake(
        line: line,
        "this is no line of a cast, such as Anna = \"anna\" or"
          + " \"First Citizen\" = { voice = \"ben\", speaker_id = 1 }")
    }
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw Mistake(line: error.source.begin.line, error.description)
    } catch {
      throw Mistake("this is not TOML")
    }
  }

  /// The first line, from 1, that is not shaped like one of a cast.
  ///
  /// Looked for first because the TOML parser ends the program (`assert`) on some malformed lists,
  /// dates and names, of which a cast needs none.
  private static func firstOddLine(in text: String) -> Int? {
    let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
    let index = lines.firstIndex { scalars in
      shape.flatMap { try? $0.wholeMatch(in: Substring(scalars)) } == nil
    }
    return index.map { $0 + 1 }
  }

  /// The shape of a line: a table's name, a key with a string, a whole number or a table of these, a
  /// comment, or nothing.
  ///
  /// Nothing changes it, though its type cannot say so.
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

  private static func role(of name: String, _ value: (any TOMLValueConvertible)?) throws(Mistake)
    -> Cast.Role
  {
    if let voice = value?.string { return Cast.Role(voice: voice) }
    guard let table = value?.table else {
      throw Mistake(
        "\(name) must be the name of a voice, or { voice = \"…\", speaker_id = … }")
    }
    if let key = table.keys.sorted().first(where: { !["voice", "speaker_id"].contains($0) }) {
      throw Mistake("\(name) has a key \(key): voice and speaker_id are known")
    }
    if table["voice"] != nil, table["voice"]?.string == nil {
      throw Mistake("the voice of \(name) must be a string")
    }
    if table["speaker_id"] != nil, table["speaker_id"]?.int == nil {
      throw Mistake("the speaker_id of \(name) must be a whole number")
    }
    return Cast.Role(voice: table["voice"]?.string, speakerID: table["speaker_id"]?.int)
  }
}
