import CSMCore

/// A line's id as given by its author; also the name of its exported file.
package enum LineID {
  /// The longest id, in bytes of UTF-8.
  package static let bytesMax = 200

  /// Audio file extensions, which are removed from ids.
  private static let endings = [
    ".wav", ".mp3", ".ogg", ".flac", ".opus", ".m4a", ".aac", ".wem", ".xwm", ".fuz", ".aiff",
  ]

  /// Reads an id, in which a slash makes a folder; removes an audio file's extension.
  static func read(_ text: String, at place: (line: Int, column: Int)) throws(Rejection) -> String {
    let id = SpokenText.composed(withoutEnding(text.trimmed))
    guard !id.isEmpty, id.utf8.count <= bytesMax, Printable.line(id) == id else {
      throw Rejection(
        line: place.line, column: place.column, .id,
        "an id must have 1 to \(bytesMax) bytes, all of them printable")
    }
    let parts = id.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isPath = parts.allSatisfy {
      !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
    }
    guard isPath else {
      throw Rejection(
        line: place.line, column: place.column, .id,
        "an id becomes a file's path: it must not contain an empty folder, \".\" or \"..\"")
    }
    return id
  }

  /// Reads an id from the path where another tool would write the file.
  ///
  /// - Parameter mayBeFolder: a path without an extension is a folder; the row's number names the file in it.
  static func read(path: String, mayBeFolder: Bool, at place: (line: Int, column: Int))
    throws(Rejection) -> String
  {
    var text = path.trimmed.replacing("\\", with: "/")
    while text.hasPrefix("./") { text.removeFirst(2) }
    let isFolder = mayBeFolder && withoutEnding(text) == text
    while text.hasSuffix("/") { text.removeLast() }
    // An absolute path is reduced to its last component.
    if text.hasPrefix("/") || text.prefix(3).hasSuffix(":/") {
      text = text.split(separator: "/").last.map(String.init) ?? ""
    }
    if isFolder { text += (text.isEmpty ? "" : "/") + "L\(place.line)" }
    return try read(text, at: place)
  }

  private static func withoutEnding(_ text: String) -> String {
    guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")), dot != text.startIndex,
      endings.contains(text[dot...].lowercased())
    else { return text }
    return String(text[..<dot])
  }
}

/// How many versions of a line to make.
enum Takes {
  static let range = 1...20

  static func read(_ text: String, at place: (line: Int, column: Int)) throws(Rejection) -> Int {
    guard let takes = Int(text), range.contains(takes) else {
      throw Rejection(
        line: place.line, column: place.column, .field,
        "takes must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return takes
  }
}

/// Whether a row is left out.
enum Skip {
  private static let yes: Set<String> = ["yes", "y", "true", "t", "1", "x"]
  private static let no: Set<String> = ["no", "n", "false", "f", "0", "-"]

  static func read(_ text: String, at place: (line: Int, column: Int)) throws(Rejection) -> Bool {
    if yes.contains(text.lowercased()) { return true }
    guard !no.contains(text.lowercased()) else { return false }
    throw Rejection(
      line: place.line, column: place.column, .field,
      "skip must be yes or no, not \"\(text.prefix(40))\"; an empty cell means no")
  }
}
