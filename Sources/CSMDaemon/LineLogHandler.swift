import CSMCore
import Foundation
import Logging

/// Writes log lines to standard error: for journald with the priority in front (sd-daemon(3)), for a
/// person with the time in front, and the fields behind the message as `name=value`.
package struct LineLogHandler: LogHandler {
  package var logLevel: Logger.Level = .info
  package var metadata: Logger.Metadata = [:]
  private let isJournal: Bool

  /// - Parameter isJournal: systemd reads the lines; it adds the time itself.
  package init(isJournal: Bool) {
    self.isJournal = isJournal
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let level = event.level
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
      .sorted { Self.rank($0.key) < Self.rank($1.key) }
      .map { "\($0.key)=\(Self.quoted("\($0.value)"))" }
    let front =
      isJournal
      ? "<\(Self.priority(level))>"
      : "\(SystemClock().now().rfc3339) \(Self.word(level)) "
    let text = ([Printable.line("\(event.message)")] + fields).joined(separator: " ")
    FileHandle.standardError.write(Data((front + text + "\n").utf8))
  }

  /// The field that names the job comes first, what went wrong last.
  private static func rank(_ key: String) -> String {
    switch key {
    case "job": "0"
    case "error": "z"
    default: "1\(key)"
    }
  }

  private static func quoted(_ value: String) -> String {
    let text = Printable.line(value)
    let isPlain = !text.isEmpty && !text.contains { $0 == " " || $0 == "\"" || $0 == "=" }
    return isPlain ? text : "\"\(text.replacing("\"", with: "'"))\""
  }

  /// The priorities of syslog(3).
  private static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }

  private static func word(_ level: Logger.Level) -> String {
    level.rawValue.uppercased().padding(toLength: 8, withPad: " ", startingAt: 0)
  }
}
