/// A list of JSON objects, or a single one.
///
/// Each object is parsed by itself, so the file may have any size.
struct JSONList: EntryReader {
  private var lines: InputLines
  private var piece: ArraySlice<UInt8> = []
  private var endsLine = false
  private var line = 1
  /// How many bytes of the line were consumed.
  private var column = 0
  private var isInList = false
  private var isFirst = true

  init(lines: InputLines) {
    self.lines = lines
  }

  mutating func next() throws(InputError) -> Finding? {
    while let byte = try peek() {
      switch byte {
      case UInt8(ascii: "{"): return try object()
      case UInt8(ascii: "[") where !isInList:
        isInList = true
        take()
      case UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D: take()
      default: return try stray()
      }
    }
    return nil
  }

  /// The next byte; nil at the end of the file.
  private mutating func peek() throws(InputError) -> UInt8? {
    while piece.isEmpty, !endsLine {
      guard let next = try lines.nextPiece() else { return nil }
      piece = next.bytes
      endsLine = next.endsLine
    }
    return piece.first ?? UInt8(ascii: "\n")
  }

  /// Consumes the byte that `peek` returned.
  private mutating func take() {
    if piece.isEmpty {
      endsLine = false
      line += 1
      column = 0
    } else {
      piece.removeFirst()
      column += 1
    }
  }

  /// Skips to the beginning of the next object.
  private mutating func stray() throws(InputError) -> Finding {
    let rejection = Rejection(
      line: line, column: column + 1, .syntax,
      "expected a list of JSON objects, such as [{\"text\": \"…\"}]")
    while let byte = try peek(), byte != UInt8(ascii: "{") { take() }
    return .rejection(rejection)
  }

  /// Reads an object up to its closing brace.
  private mutating func object() throws(InputError) -> Finding {
    let start = (line: line, column: column)
    var bytes: [UInt8] = []
    var nesting = JSONNesting()
    repeat {
      guard let byte = try peek() else { break }
      take()
      if bytes.count <= InputLines.lineBytesMax { bytes.append(byte) }
      nesting.read(byte)
    } while nesting.isOpen
    if isFirst, bytes.count <= InputLines.lineBytesMax {
      let text = String(decoding: bytes, as: UTF8.self)
      try JSONEntry(text, line: start.line, column: start.column).requireKnownKind()
    }
    isFirst = false
    do throws(Rejection) {
      guard bytes.count <= InputLines.lineBytesMax else {
        throw Rejection(line: start.line, .budget, "the object is longer than 1 MiB")
      }
      let text = try SpokenText.decode(bytes, line: start.line)
      return .entry(try JSONEntry(text, line: start.line, column: start.column).read())
    } catch {
      return .rejection(error)
    }
  }
}

/// Finds the end of an object by counting its brackets outside strings.
private struct JSONNesting {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false

  var isOpen: Bool { depth > 0 }

  mutating func read(_ byte: UInt8) {
    if isInString {
      isInString = isEscaped || byte != UInt8(ascii: "\"")
      isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      return
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
  }
}
