/// A path relative to an export folder, safe on any file system and in any terminal.
package struct ExportName: Hashable, Sendable, CustomStringConvertible {
  /// The folders and the file's name; at least one component, none of them empty.
  package let components: [String]

  /// The longest component in bytes of UTF-8; file systems allow 255, which leaves room for other tools'
  /// suffixes.
  package static let componentBytesMax = 120

  /// Why a path cannot be used at all.
  package enum InvalidPath: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path or a component is empty.
    case empty
    /// It begins with a slash.
    case absolute
    /// It contains `.` or `..`.
    case dots

    /// One sentence without a full stop.
    package var description: String {
      switch self {
      case .empty: "a file name must not be empty"
      case .absolute: "a file name must not begin with /"
      case .dots: "a file name must not contain . or .. as a folder"
      }
    }
  }

  /// Splits the path at slashes, and cleans every component.
  ///
  /// - Parameter ending: the end of the path that stays whole where a long name is shortened, such as
  ///   `-2.wav`; by default the extension, if it is short.
  package init(_ path: String, keeping ending: String = "") throws(InvalidPath) {
    // By scalars, since a slash with a combining accent is one character to Swift, but a slash to Linux.
    let parts = path.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
      .map(String.init)
    guard path != "" else { throw .empty }
    guard parts.first != "" else { throw .absolute }
    guard !parts.contains("") else { throw .empty }
    guard !parts.contains("."), !parts.contains("..") else { throw .dots }
    components =
      parts.dropLast().map { Self.cleaned($0) } + parts.suffix(1).map { Self.cleaned($0, ending) }
  }

  /// The file's own name.
  var leaf: String { components.last ?? "_" }

  package var description: String { components.joined(separator: "/") }

  /// Replaces characters that some systems forbid, and shortens long components; never returns an empty one.
  private static func cleaned(_ component: String, _ ending: String = "") -> String {
    var scalars = component.unicodeScalars.map { isForbidden($0) ? "_" : $0 }
    if let first = scalars.first, first == "." || first == "-" { scalars[0] = "_" }
    if isDevice(scalars) { scalars.insert("_", at: 0) }
    var text = String(String.UnicodeScalarView(scalars))
    if text.utf8.count > componentBytesMax {
      text = shortened(text, ending.isEmpty ? shortExtension(of: text) : ending)
    }
    if let last = text.unicodeScalars.last, last == " " || last == "." {
      text.unicodeScalars.removeLast()
      text.append("_")
    }
    return text
  }

  /// Whether Windows takes the name for a device, which it does regardless of an extension.
  private static func isDevice(_ name: [Unicode.Scalar]) -> Bool {
    let stem = String(String.UnicodeScalarView(name.prefix(9).prefix { $0 != "." }))
    let word = stem.lowercased().drop { $0 == " " }.prefix { $0 != " " }
    switch word {
    case "con", "prn", "aux", "nul", "conin$", "conout$": return true
    default:
      return word.count == 4 && (word.hasPrefix("com") || word.hasPrefix("lpt"))
        && word.last.map { "0123456789\u{B9}\u{B2}\u{B3}".contains($0) } == true
    }
  }

  /// Whether a scalar is forbidden on Windows, invisible, or changes the writing direction.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "<", ">", ":", "\"", "\\", "|", "?", "*": true
    case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
    case "\u{2028}", "\u{2029}": true
    default: scalar.properties.generalCategory == .control
    }
  }

  /// The extension with its dot; empty if there is none, or a long one.
  private static func shortExtension(of text: String) -> String {
    guard let dot = text.lastIndex(of: "."), dot != text.startIndex, text[dot...].utf8.count <= 16
    else { return "" }
    return String(text[dot...])
  }

  /// Shortens the text before its ending to whole characters.
  private static func shortened(_ text: String, _ ending: String) -> String {
    var room = componentBytesMax - ending.utf8.count
    let whole = String(text.unicodeScalars.dropLast(ending.unicodeScalars.count))
    var stem = whole.prefix { character in
      room -= character.utf8.count
      return room >= 0
    }
    // A single character with many combining accents may be too long.
    if stem.isEmpty { stem = "_" }
    return stem + ending
  }
}

extension ExportName {
  /// Two planned names that cannot both exist, by their indices.
  package struct Collision: Hashable, Sendable {
    package let first: Int
    /// The index of the later name.
    package let second: Int
  }

  /// Finds names that are the same on some file system (which may ignore case or normalise accents), and
  /// names that need a folder where another needs a file.
  package static func collisions(among names: [ExportName]) -> [Collision] {
    // Strings compare by canonical equivalence, so accents need no folding.
    var places: [String: Int] = [:]
    var collisions: [Collision] = []
    for (place, name) in names.enumerated() {
      let folded = name.description.lowercased()
      if let first = places[folded] {
        collisions.append(Collision(first: first, second: place))
      } else {
        places[folded] = place
      }
    }
    for (place, name) in names.enumerated() {
      for depth in 1..<name.components.count {
        let folder = name.components.prefix(depth).joined(separator: "/").lowercased()
        guard let file = places[folder] else { continue }
        collisions.append(Collision(first: min(file, place), second: max(file, place)))
      }
    }
    return collisions
  }
}
