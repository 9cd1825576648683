import CSMCore
import Foundation

/// The id of a line as its author gives it: the name of its file when it is exported.
package enum LineID {
  /// In UTF-8.
  package static let bytesMax = 200

  /// Endings that a column or key with names of files may have.
  private static let endings = [
    ".wav", ".mp3", ".ogg", ".flac", ".opus", ".m4a", ".aac", ".wem", ".xwm", ".fuz", ".aiff",
  ]

  /// Reads an id; the ending of an audio file is taken off, and a slash makes a folder.
  static func read(_ text: String, at place: (line: Int, column: Int)) throws(Rejection) -> String {
    let id = SpokenText.composed(withoutEnding(text.trimmed))
    guard !id.isEmpty, id.utf8.count <= bytesMax, Printable.line(id) == id else {
      throw Rejection(
        line: place.line, column: place.column, .id,
        "an id must be 1 to \(bytesMax) bytes that can be printed")
    }
    let parts = id.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isPath = parts.allSatisfy {
      !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
    }
    guard isPath else {
      throw Rejection(
        line: place.line, column: place.column, .id,
        "an id is a file's name below a folder: it may hold no empty folder, and no . or ..")
    }
    return id
  }

  /// Reads the path at which some other tool would have written the file.
  ///
  /// - Parameter mayBeFolder: one without an ending is a folder, in which the file is named by its row.
  static func read(path: String, mayBeFolder: Bool, at place: (line: Int, column: Int))
    throws(Rejection) -> String
  {
    var text = path.trimmed.replacing("\\", with: "/")
    while text.hasPrefix("./") { text.removeFirst(2) }
    let isFolder = mayBeFolder && withoutEnding(text) == text
    while text.hasSuffix("/") { text.removeLast() }
    // Of a path from the root on only the end can be kept.
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

/// How many versions of a line are wanted.
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

/// Values as JSON, with their keys in a fixed order.
enum JSONText {
  static func text(of value: some Encodable, line: Int) throws(Rejection) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      throw Rejection(line: line, .field, "the meta cannot be kept")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
