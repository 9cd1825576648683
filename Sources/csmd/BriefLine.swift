import CSMReports
import Logging

/// What is logged, as a person at a terminal reads it: `08:05:47 HELD night:L0005: the audio lies at …`.
///
/// Nil for news of a single job that needs no attention: the progress counts it.
struct BriefLine {
  let text: String

  init?(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
    guard level >= .error || metadata["job"] == nil else { return nil }
    let subjects = ["line", "gate", "batch"].lazy.map { Self.values(metadata[$0]) }
    let subject = subjects.first { !$0.isEmpty } ?? Self.values(metadata["job"]).map { "job \($0)" }
    let reason = ["error", "reason"].flatMap { Self.values(metadata[$0]) }
    let rest = metadata.keys.filter { !Self.known.contains($0) }.sorted().map { name in
      "\(name) \(Self.values(metadata[name]).joined(separator: ", "))"
    }
    let head = ([message] + subject.prefix(Self.subjectsMax)).joined(separator: " ")
    text = ([head] + reason + rest).joined(separator: ": ")
  }

  private static let subjectsMax = 3
  /// What is said in the words of the line, or is for programs.
  private static let known: Set = [
    "job", "line", "gate", "batch", "error", "reason", "state", "from", "cause", "message_id",
    "request_id", "error_class", "probe_at",
  ]

  private static func values(_ value: Logger.MetadataValue?) -> [String] {
    switch value {
    case .array(let values): values.map { "\($0)" }
    case .some(let value): ["\(value)"]
    case nil: []
    }
  }
}
