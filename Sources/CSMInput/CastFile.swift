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
    guard !text.utf8.contains(0) else { throw Mistake("a NUL byte is in it") }
    if let line = lineOfNamelessTable(text) {
      throw Mistake(line: line, "a name must follow the [, such as [cast]")
    }
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw Mistake(line: error.source.begin.line, error.description)
    } catch {
      throw Mistake("this is not TOML")
    }
  }

  /// The first line that opens a table with what begins no name: the parser would end the program there.
  private static func lineOfNamelessTable(_ text: String) -> Int? {
    let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
    let index = lines.firstIndex { line in
      let blanks = { (scalar: Unicode.Scalar) in
        scalar == "\u{FEFF}" || scalar.properties.isWhitespace
      }
      var rest = line.drop(while: blanks)
      guard rest.first == "[" else { return false }
      // Two of them open one of several tables of a name.
      for _ in 1...2 where rest.first == "[" { rest = rest.dropFirst().drop(while: blanks) }
      guard let first = rest.first, first.isASCII else { return true }
      return !(first.properties.isAlphabetic || "0123456789_-\"']".unicodeScalars.contains(first))
    }
    return index.map { $0 + 1 }
  }

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
