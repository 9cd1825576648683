import CSMCore
import GRDB

/// The order in which lines are listed.
package struct LineOrder: Sendable, Equatable {
  package var key: Key
  package var isReversed: Bool

  package init(_ key: Key, isReversed: Bool = false) {
    self.key = key
    self.isReversed = isReversed
  }

  /// In the order they were added, whatever their batch.
  package static let added = LineOrder(.added)

  /// What lines are sorted by; ties are in the order they were added.
  package enum Key: String, CaseIterable, Sendable {
    /// The newest batch first, and the lines of a batch as they were added.
    case batch
    case added, id, state, speaker, voice, text, chars, cost, length, updated, ended
  }

  /// The terms of the ORDER BY.
  var terms: SQL {
    let (up, down): (SQL, SQL) = isReversed ? ("DESC", "ASC") : ("ASC", "DESC")
    if key == .batch { return "item.batch_id \(down), item.id \(up)" }
    // Lines without a value come last in either direction.
    let values = columns.map { column -> SQL in "\(column) \(up) NULLS LAST" }
    return (values + ["item.id \(up)"]).joined(separator: ", ")
  }

  private var columns: [SQL] {
    switch key {
    case .batch, .added: []
    case .id: ["batch.name", "item.line"]
    case .state: [Self.stage]
    case .speaker: ["item.speaker"]
    case .voice: ["item.voice"]
    case .text: ["coalesce(item.text, \(LineRow.sent))"]
    case .chars: ["job.chars"]
    case .cost: ["(SELECT sum(min(cost, 1000000000000)) FROM submission WHERE job_id = job.id)"]
    case .length: ["(SELECT duration_ms FROM object WHERE object.digest = job.digest)"]
    case .updated: ["job.updated_at"]
    case .ended: ["job.finished_at"]
    }
  }

  /// How far a line has got: the position of its state among `JobState.Name`.
  private static let stage: SQL = {
    let cases = JobState.Name.allCases.enumerated()
      .map { "WHEN '\($0.element.rawValue)' THEN \($0.offset)" }
    return "CASE job.state \(sql: cases.joined(separator: " ")) END"
  }()
}
