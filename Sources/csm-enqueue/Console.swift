import CSMCore
import Foundation

/// Where a command's words go: data to standard output, everything else to standard error.
enum Console {
  /// Whether a person looks at the standard output.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns of the terminal; 80 where it does not tell.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Prints a line of data.
  static func print(_ line: String) {
    Swift.print(line)
  }

  /// Prints data without an end of line, at once.
  static func show(_ text: String) {
    Swift.print(text, terminator: "")
    fflush(nil)
  }

  /// Says something that is no data.
  static func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Says what went wrong.
  static func complain(_ sentences: [String]) {
    for sentence in sentences { note("csm-enqueue: \(Printable.line(sentence))") }
  }

  /// Prints a value as one line of JSON.
  static func print(json value: some Encodable) throws {
    print(try json(value))
  }

  /// A value as one line of JSON.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
