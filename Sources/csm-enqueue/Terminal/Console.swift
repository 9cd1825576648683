import CSMCore
import CSMFiles
import CSMReports
import CSMWorkplace
// C's `stdout` is a variable, but nothing here changes it.
@preconcurrency import Foundation

/// Where a command's words go: data to standard output, everything else to standard error.
enum Console {
  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The terminal's columns; 80 if unknown.
  static var width: Int { size.map { Int($0.ws_col) } ?? 80 }

  /// The terminal's rows; 24 if unknown.
  static var height: Int { size.map { Int($0.ws_row) }.flatMap { $0 > 0 ? $0 : nil } ?? 24 }

  private static var size: winsize? { StandardStreams.size(of: STDOUT_FILENO) }

  /// Prints a line of data.
  static func print(_ line: String) {
    Swift.print(line)
  }

  /// Prints data without an end of line, and flushes it.
  static func show(_ text: String) {
    Swift.print(text, terminator: "")
    fflush(nil)
  }

  /// Flushes standard output.
  ///
  /// - Returns: why data was not written; nil if all of it was, or the reader has gone away.
  static func finish() -> FileError? {
    errno = 0
    guard fflush(stdout) != 0 || ferror(stdout) != 0, errno != EPIPE else { return nil }
    // C does not keep the reason why an earlier write failed.
    return FileError("write", "standard output", code: errno == 0 ? EIO : errno)
  }

  /// Prints a sentence to standard error, wrapped between words on a terminal.
  static func note(_ line: String) {
    guard isatty(STDERR_FILENO) == 1, !line.contains("\n") else { return say(line + "\n") }
    let lines = TextWidth.wrapped(line, to: max(20, width - 2))
    say(lines.joined(separator: "\n  ") + "\n")
  }

  /// Writes to standard error, and ignores errors: there is nowhere left to report them.
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

  /// Prints facts, each after its name; wrapped between words on a terminal.
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

  /// Prints errors to standard error, each after the program's name.
  static func complain(_ sentences: [String]) {
    for sentence in sentences { note("csm-enqueue: \(Printable.line(sentence))") }
  }

  /// Prints a value as one line of JSON.
  static func print(json value: some Encodable) throws {
    print(try JSONText.line(value))
  }
}
