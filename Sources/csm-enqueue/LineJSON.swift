import CSMCore
import CSMInput
import CSMSQLite
import Foundation

/// A line as JSON: every field is there, and null where it has no value.
struct LineJSON: Encodable {
  let line: LineRow
  /// The audio's place in the store; nil where there is none.
  let path: String?

  enum CodingKeys: String, CodingKey {
    case id, line, batch, state, take, takes, former, submits, attempts, error, text, sent, speaker,
      voice
    case chars, digest, path, bytes, checks, priority, meta, scene, turn
    case waitsFor = "waits_for"
    case waitsForLines = "waits_for_lines"
    case requestID = "request_id"
    case errorClass = "error_class"
    case cost = "cost_usd"
    case duration = "duration_s"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case finishedAt = "finished_at"
    case sourceFile = "source_file"
    case sourceLine = "source_line"
    case addedBy = "added_by"
    case addedUID = "added_uid"
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(line.id, forKey: .id)
    try values.encode(line.line, forKey: .line)
    try values.encode(line.batch, forKey: .batch)
    try values.encode(line.state, forKey: .state)
    try values.encode(line.take, forKey: .take)
    try values.encode(line.takes, forKey: .takes)
    try values.encode(line.former, forKey: .former)
    try values.encode(line.requestID, forKey: .requestID)
    try values.encode(line.submits, forKey: .submits)
    try values.encode(line.attempts, forKey: .attempts)
    try values.encode(line.errorClass, forKey: .errorClass)
    try values.encode(line.error, forKey: .error)
    try values.encode(line.text, forKey: .text)
    try values.encode(line.sent, forKey: .sent)
    try values.encode(line.whoSpeaks, forKey: .speaker)
    try values.encode(line.voice, forKey: .voice)
    try values.encode(line.scene, forKey: .scene)
    try values.encode(line.turn, forKey: .turn)
    try encodeWait(to: &values)
    try values.encode(line.characters, forKey: .chars)
    try values.encode(line.cost?.decimal, forKey: .cost)
    try values.encode(line.digest?.hex, forKey: .digest)
    try values.encode(path, forKey: .path)
    try values.encode(line.bytes, forKey: .bytes)
    try values.encode(line.seconds, forKey: .duration)
    try values.encode(line.shownChecks, forKey: .checks)
    try values.encode(line.priority, forKey: .priority)
    try values.encode(line.createdAt.rfc3339, forKey: .createdAt)
    try values.encode(line.updatedAt.rfc3339, forKey: .updatedAt)
    try values.encode(line.finishedAt?.rfc3339, forKey: .finishedAt)
    try values.encode(line.sourceFile, forKey: .sourceFile)
    try values.encode(line.sourceLine, forKey: .sourceLine)
    try values.encode(line.metaValues, forKey: .meta)
    try values.encode(line.author?.name, forKey: .addedBy)
    try values.encode(line.author?.uid, forKey: .addedUID)
  }
}

extension LineJSON {
  private func encodeWait(to values: inout KeyedEncodingContainer<CodingKeys>) throws {
    switch line.waitsFor {
    case .turns(let lines):
      try values.encode("turns", forKey: .waitsFor)
      try values.encode(lines, forKey: .waitsForLines)
    case .budget:
      try values.encode("budget", forKey: .waitsFor)
      try values.encodeNil(forKey: .waitsForLines)
    case nil:
      try values.encodeNil(forKey: .waitsFor)
      try values.encodeNil(forKey: .waitsForLines)
    }
  }
}

extension LineRow {
  /// The words for what a person should listen to; nil before there is audio.
  var shownChecks: [String]? { digest == nil ? nil : checks.map(\.rawValue) }

  /// The playing time in seconds, exact to the millisecond.
  var seconds: Decimal? { durationMilliseconds.map { Decimal($0) / 1000 } }

  /// What else the author's file said of the line; null for nothing.
  var metaValues: JSONValue {
    meta.flatMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) } ?? .null
  }

  /// The author's name of who speaks; the number where the author gave none.
  var whoSpeaks: JSONValue {
    speaker.map(JSONValue.string) ?? speakerID.map(JSONValue.integer) ?? .null
  }

  /// Why it is not further, in a few words.
  var why: String {
    switch waitsFor {
    case .turns([]): "after turns of another batch"
    case .turns(let lines): "after \(lines.joined(separator: ", "))"
    case .budget: "budget"
    case nil: former?.rawValue ?? errorClass ?? checks.map(\.rawValue).joined(separator: ",")
    }
  }
}

extension Money {
  /// The amount in dollars, exact.
  var decimal: Decimal { Decimal(microDollars) / 1_000_000 }
}
