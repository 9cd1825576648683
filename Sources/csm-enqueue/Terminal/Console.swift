import CSMCore
import CSMFiles
import CSMReports
import CSMWorkplace
// C's `stdout` is a variable, which nobody changes here.
@preconcurrency import Foundation

/// Where a command's words go: data to standard output, everything else to standard error.
enum Console {
  /// Whether a person looks at the standard output.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns of the terminal; 80 where it does not tell.
  static var width: Int { size.map { Int($0.ws_col) } ?? 80 }

  /// Rows of the terminal; 24 where it does not tell.
  static var height: Int { size.map { Int($0.ws_row) }.flatMap { $0 > 0 ? $0 : nil } ?? 24 }

  private static var size: winsize? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return size
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

  /// Why data did not reach standard output; nil where all of it did, or the reader has gone away.
  static func finish() -> FileError? {
    errno = 0
    guard fflush(stdout) != 0 || ferror(stdout) != 0, errno != EPIPE else { return nil }
    // The reason for which an earlier write failed is not kept.
    return FileError("write", "standard output", code: errno == 0 ? EIO : errno)
  }

  /// Says something that is no data; a terminal gets a sentence wrapped between words.
  static func note(_ line: String) {
    guard isatty(STDERR_FILENO) == 1, !line.contains("\n") else { return say(line + "\n") }
    let lines = TextWidth.wrapped(line, to: max(20, width - 2))
    say(lines.joined(separator: "\n  ") + "\n")
  }

  /// Writes to standard error; where it takes nothing, nobody is left to be told.
  static func say(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Prints a sentence: wrapped between words on a terminal, on one line elsewhere.
  static func print(sentence: String, _ ink: Ink, indent: Int = 2) {
    let sentence = Printable.line(sentence)
    guard isTerminal else { return print(ink.sentence(sentence)) }
    let first = String(sentence.prefix { $0 == " " })
    let next = first + String(repeating: " ", count: indent)
    let lines = TextWidth.wrapped(sentence, to: max(20, width - next.count))
    for (index, line) in lines.enumerated() {
      print((index == 0 ? first : next) + ink.sentence(line))
    }
  }

  /// Prints facts, each behind its name; wrapped between words on a terminal.
  static func print(facts: [(name: String, value: String)], _ ink: Ink) {
    let column = 9
    for (name, value) in facts {
      let label = name + String(repeating: " ", count: max(1, column - name.count))
      let value = Printable.line(value)
      let lines =
        isTerminal ? TextWidth.wrapped(value, to: max(20, width - column)) : [value]
      for (index, line) in lines.enumerated() {
        print(
          (index == 0 ? ink.bold(label) : String(repeating: " ", count: column))
            + ink.sentence(line))
      }
    }
  }

  /// Says what went wrong.
  static func complain(_ sentences: [String]) {
    for sentence in sentences { note("csm-enqueue: \(Printable.line(sentence))") }
  }

  /// Prints a value as one line of JSON.
  static func print(json value: some Encodable) throws {
    print(try JSONText.line(value))
  }
}
