import CSMCore
import CSMSQLite

/// What `show` prints about a job and its lines.
package struct LineFacts {
  private let lines: [LineRow]
  private let path: String?
  private let now: Timestamp

  /// - Parameters:
  ///   - lines: all lines of one job.
  ///   - path: where the audio is in the store; nil if there is none.
  package init(lines: [LineRow], path: String?, now: Timestamp) {
    self.lines = lines
    self.path = path
    self.now = now
  }

  /// The known facts with their names, the most important first.
  package var all: [(name: String, value: String)] {
    guard let line = lines.first else { return [] }
    let facts = what(line) + work(line) + audio(line) + origin(line)
    return facts.compactMap { name, value in value.map { (name, $0) } }
  }

  private func what(_ line: LineRow) -> [(String, String?)] {
    [
      ("job", String(line.id)), ("lines", lines.map(Self.name).joined(separator: ", ")),
      ("state", line.state.rawValue), ("text", line.text),
      ("sent", line.sent == line.text ? nil : line.sent), ("voice", line.voice),
      ("speaker", line.speaker),
      ("scene", line.scene.map { scene in "\(scene)\(line.turn.map { ", turn \($0)" } ?? "")" }),
    ]
  }

  private func work(_ line: LineRow) -> [(String, String?)] {
    [
      ("waits", line.waitsFor.map { _ in line.why }), ("error", line.complaint),
      ("request", line.requestID),
      ("take", String(line.take) + (line.takes > 1 ? ", of \(line.takes)" : "")),
      ("submits", "\(line.submits) sent, \(line.attempts) accepted since it was queued or retried"),
      ("cost", line.cost.map { "$\($0.dollars) for \(line.characters) characters" }),
    ]
  }

  private func audio(_ line: LineRow) -> [(String, String?)] {
    [
      ("audio", path),
      ("length", line.durationMilliseconds.map(Figures.seconds(milliseconds:))),
      ("checks", line.shownChecks.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") }),
      ("bytes", line.bytes.map(Figures.count)),
    ]
  }

  private func origin(_ line: LineRow) -> [(String, String?)] {
    [
      ("from", "\(line.sourceFile), line \(line.sourceLine)"), ("meta", line.meta),
      ("added", line.createdAt.local(at: now) + (line.author.map { " by \($0.name)" } ?? "")),
      ("ended", line.finishedAt?.local(at: now)),
    ]
  }

  private static func name(_ line: LineRow) -> String {
    line.name.description + (line.former.map { " (\($0.rawValue))" } ?? "")
  }
}
