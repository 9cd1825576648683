import CSMCore
import CSMFiles
import Logging
import Synchronization

/// The destination of log lines: the journal, with their fields, or standard error.
///
/// The work never waits for it. A line that cannot be written immediately is dropped and counted, and the
/// count is the first line once there is room again.
package final class LogSink: Sendable {
  private let form: Form
  private let dropped = Mutex(0)

  /// How a line is written.
  enum Form: Sendable {
    case journal(JournalSocket)
    /// Lines for systemd, starting with the priority (sd-daemon(3)).
    case prefixed
    /// Lines for a person, starting with the time.
    case timed
  }

  init(_ form: Form) {
    self.form = form
  }

  /// The sink that suits how the program was started.
  package convenience init(environment: [String: String]) {
    let stream = environment["JOURNAL_STREAM"]
    if JournalSocket.isStandardError(stream),
      let socket = JournalSocket(path: JournalSocket.path)
    {
      self.init(.journal(socket))
    } else {
      let isService = stream != nil || environment["NOTIFY_SOCKET"] != nil
      self.init(isService ? .prefixed : .timed)
    }
  }

  /// Writes a line, or counts it as dropped.
  func write(_ line: LogLine) {
    let missing = dropped.withLock { dropped in
      defer { dropped = 0 }
      return dropped
    }
    let lines =
      missing == 0
      ? [line] : [LogLine(.warning, "log lines dropped", ["lines": "\(missing)"]), line]
    // The note about dropped lines does not count as one.
    if let refused = lines.firstIndex(where: { !put($0) }) {
      dropped.withLock { $0 += 1 + (refused == 0 ? missing : 0) }
    }
  }

  private func put(_ line: LogLine) -> Bool {
    switch form {
    case .journal(let socket):
      switch socket.send(line.journalFields) {
      case .sent: true
      case .full: false
      case .gone: Self.print("<\(line.priority)>\(line.text)")
      }
    case .prefixed: Self.print("<\(line.priority)>\(line.text)")
    case .timed: Self.print("\(SystemClock().now().rfc3339) \(Self.word(line.level)) \(line.text)")
    }
  }

  /// The bytes that a pipe or terminal takes without blocking once it is ready (`PIPE_BUF`).
  private static let bytesMax = 4096

  private static func print(_ line: String) -> Bool {
    StandardStreams.tryWriteError(Array(line.utf8.prefix(bytesMax - 1)) + [UInt8(ascii: "\n")])
  }

  private static func word(_ level: Logger.Level) -> String {
    let word = level.rawValue.uppercased()
    return word + String(repeating: " ", count: max(0, 8 - word.count))
  }
}
