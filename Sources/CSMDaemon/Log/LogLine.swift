import CSMCore
import Logging

/// A line of the log: what happened, and its fields.
struct LogLine: Sendable {
  let level: Logger.Level
  let message: String
  /// In the order in which they are shown; a name may occur several times.
  let fields: [(name: String, value: String)]

  init(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
    self.level = level
    self.message = message
    fields = metadata.sorted { Self.rank($0.key) < Self.rank($1.key) }
      .flatMap { name, value in
        if case .array(let values) = value { return values.map { (name, "\($0)") } }
        return [(name, "\(value)")]
      }
  }

  /// The fields that name the job come first, the error last.
  private static func rank(_ key: String) -> String {
    switch key {
    case "job": "0"
    case "line": "1"
    case "error": "z"
    default: "2\(key)"
    }
  }

  /// Fields for the journal only: they are for programs, or the rest of the line says the same.
  private static let unshown: Set = ["message_id", "state", "batch"]

  /// The message, followed by the fields as `name=value`; always one line.
  var text: String {
    let shown = fields.filter { !Self.unshown.contains($0.name) }
      .map { "\($0.name)=\(Self.quoted($0.value))" }
    return ([Printable.line(message)] + shown).joined(separator: " ")
  }

  private static func quoted(_ value: String) -> String {
    let text = Printable.line(value)
    // By scalars: to Swift, a quote with an accent is another character, but it still ends a quotation.
    let scalars = text.unicodeScalars
    guard text.isEmpty || scalars.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else {
      return text
    }
    return "\"\(String(String.UnicodeScalarView(scalars.map { $0 == "\"" ? "'" : $0 })))\""
  }

  /// The line as fields of the journal; our own begin with `CSM_`, which keeps them apart from
  /// systemd's.
  var journalFields: [(name: String, value: String)] {
    let own = fields.map { field in
      (field.name == "message_id" ? "MESSAGE_ID" : "CSM_\(field.name.uppercased())", field.value)
    }
    return [
      ("MESSAGE", text), ("PRIORITY", "\(priority)"), ("SYSLOG_IDENTIFIER", "csmd"),
    ] + own
  }

  /// The priorities of syslog(3).
  var priority: Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
