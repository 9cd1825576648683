/// Finds what is not the book in e-books of Project Gutenberg: the head and the licence.
///
/// A file may have several books one after the other, each between `*** START OF THE PROJECT GUTENBERG EBOOK`
/// and `*** END OF THE PROJECT GUTENBERG EBOOK`, or somebody's own words after the last licence.
struct EBookLicence {
  private let format: InputFormat
  /// Whether the file begins with the head of an e-book.
  private let isBook: Bool
  private var place: Place
  private var isTold = false

  /// Where the last line was.
  private enum Place: Equatable {
    /// In a book, or in what somebody else wrote.
    case book
    case head
    /// In the title of a marker, which may go on for this many lines.
    case marker(Int)
    case licence
    case afterLicence
  }

  /// How many lines the head may have.
  static let headLines = 200
  /// How many lines a title may have after the first.
  private static let titleLines = 3

  /// - Parameters:
  ///   - head: the first lines of the file.
  ///   - format: the one that the file is read in.
  init(head: [InputLines.Line], format: InputFormat) {
    self.format = format
    isBook = head.contains { Self.isMarker($0, "START") }
    place = isBook ? .head : .book
  }

  /// What a line outside the books is: at first a warning, then nothing to speak; nil for a line of a book.
  mutating func take(_ line: InputLines.Line) -> Finding? {
    guard let wasInBook = move(to: line) else { return nil }
    defer { isTold = true }
    guard wasInBook || !isTold else { return .directive }
    return .warning(
      Warning(
        line: line.number, column: 1, code: "W-LICENCE",
        text: "this belongs to Project Gutenberg, not to the book: it is left out, up to the next "
          + "line \"*** START OF\" or the end of the licence; --as \(format.rawValue) reads it too")
    )
  }

  /// - Returns: for a line outside the books, whether the line before it was inside one; nil for others.
  private mutating func move(to line: InputLines.Line) -> Bool? {
    let wasInBook = place == .book
    if Self.isMarker(line, "START") {
      place = Self.endsMarker(line) ? .book : .marker(Self.titleLines)
      return wasInBook
    }
    if case .marker(let left) = place {
      let isOver = left == 1 || Self.endsMarker(line) || line.isBlank
      place = isOver ? .book : .marker(left - 1)
      return false
    }
    if Self.isMarker(line, "END") || isBook && Self.isEnd(line) {
      place = .licence
    } else if place == .licence, Self.endsLicence(line) {
      place = .afterLicence
    } else if place == .afterLicence, !line.isBlank {
      // If it is not the head of the next e-book, somebody else wrote it.
      place = Self.text(line).contains("PROJECT GUTENBERG") ? .head : .book
    }
    return place == .book ? nil : wasInBook
  }

  private static func isMarker(_ line: InputLines.Line, _ word: String) -> Bool {
    guard line.bytes.starts(with: "***".utf8) else { return false }
    let words = text(line).drop { $0 == "*" || $0 == " " }
    return words.hasPrefix("\(word) OF TH") && words.contains("PROJECT GUTENBERG")
  }

  /// Whether a line ends a marker, whose title may be continued on further lines.
  private static func endsMarker(_ line: InputLines.Line) -> Bool {
    text(line).trimmed.hasSuffix("***")
  }

  /// `End of the Project Gutenberg EBook of …`, which precedes the marker in some books.
  private static func isEnd(_ line: InputLines.Line) -> Bool {
    line.bytes.first == UInt8(ascii: "E")
      && ["END OF THE PROJECT GUTENBERG", "END OF PROJECT GUTENBERG"].contains {
        text(line).hasPrefix($0)
      }
  }

  /// The last words of the licence.
  private static func endsLicence(_ line: InputLines.Line) -> Bool {
    String(decoding: line.bytes.suffix(80), as: UTF8.self).uppercased().trimmed
      .hasSuffix("HEAR ABOUT NEW EBOOKS.")
  }

  private static func text(_ line: InputLines.Line) -> String {
    String(decoding: line.bytes.prefix(400), as: UTF8.self).uppercased()
  }
}
