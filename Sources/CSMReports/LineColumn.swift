import CSMCore
import CSMSQLite

/// A column of `list`, by its name in `--columns`.
package enum LineColumn: String, CaseIterable, Sendable {
  /// The name that commands take: `BATCH:LINE`.
  case id
  case job, batch, line, state, speaker, voice, scene, take, length, cost, chars, checks, why,
    error,
    text, sent, file, request, added, updated, ended

  package var heading: String { rawValue.uppercased() }

  /// Whether the column holds figures and is aligned to the right.
  package var isRight: Bool {
    switch self {
    case .job, .take, .length, .cost, .chars: true
    default: false
    }
  }

  /// Whether cells may be cut if space is short; ids and money never are.
  package var isFlexible: Bool {
    switch self {
    case .text, .sent, .error, .why, .checks, .file, .speaker, .voice, .scene: true
    default: false
    }
  }

  /// The default columns of a pipe.
  package static let ofPipe: [LineColumn] = [
    .job, .id, .state, .length, .cost, .text, .why, .error,
  ]

  /// The default columns of a terminal.
  package static let ofTerminal: [LineColumn] = [.id, .state, .length, .cost, .why, .text]

  /// The cell of a line; nil if it is empty.
  ///
  /// - Parameter moment: formats a time.
  package func cell(of line: LineRow, moment: (Timestamp) -> String) -> String? {
    switch self {
    case .id: line.name.description
    case .job: String(line.id)
    case .batch: line.batch
    case .line: line.line
    case .state: line.state.rawValue
    case .speaker: line.speakerName
    case .voice: line.voice
    case .scene: line.scene.map { scene in "\(scene)\(line.turn.map { ":\($0)" } ?? "")" }
    case .take: String(line.take)
    case .length: line.durationMilliseconds.map(Figures.seconds(milliseconds:))
    case .cost: line.cost.map { "$\($0.dollars)" }
    case .chars: String(line.characters)
    case .checks: line.shownChecks?.joined(separator: ",")
    case .why: line.why
    case .error: line.error
    case .text: line.text
    case .sent: line.sent
    case .file: "\(line.sourceFile):\(line.sourceLine)"
    case .request: line.requestID
    case .added: moment(line.createdAt)
    case .updated: moment(line.updatedAt)
    case .ended: line.finishedAt.map(moment)
    }
  }
}

extension LineRow {
  /// What went wrong, in fal's words or csmd's: `rejected: the text holds …`; nil for nothing.
  package var complaint: String? {
    errorClass.map { kind in error.map { "\(kind): \($0)" } ?? kind }
  }
}
