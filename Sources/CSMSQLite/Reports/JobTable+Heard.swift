import CSMCore
import GRDB

// What the checks of audio say of a batch, and what came of speaking lines again.

extension JobTable {
  /// What a person should know of the audio of a batch.
  package struct Heard: Sendable, Equatable {
    /// Lines whose audio has a check, the worst checks first.
    package var checks: [AudioCheck: Int] = [:]
    /// Lines that have any, and those of them that have one that is bad.
    package var marked = 0
    package var bad = 0
    /// Lines that csmd has spoken again, those that are good now, and those whose takes have not all ended.
    package var rerolled = 0
    package var rescued = 0
    package var pending = 0
    /// What the takes cost that csmd added, so far.
    package var rerollCost = Money.zero
    /// The check for which csmd adds no more takes; nil where it may.
    package var stopped: AudioCheck?

    package init() {}
  }

  /// Judges the audio of all lines of a batch: some fifty milliseconds for a thousand lines.
  package func heard(batch: String) throws -> Heard {
    var heard = try rerolls(of: batch)
    var selection = Selection()
    selection.batch = batch
    selection.states = [.stored]
    try lines(selection, in: .added, limit: nil) { line in
      for mark in line.marks { heard.checks[mark.check, default: 0] += 1 }
      let isBad = line.marks.contains { $0.check.severity == .bad }
      if !line.marks.isEmpty { heard.marked += 1 }
      if isBad { heard.bad += 1 }
      if line.isReroll, !isBad { heard.rescued += 1 }
    }
    return heard
  }

  private func rerolls(of batch: String) throws -> Heard {
    try read { db in
      var heard = Heard()
      let stopped = try String.fetchOne(
        db, sql: "SELECT rerolls_stopped FROM batch WHERE name = ?", arguments: [batch])
      heard.stopped = stopped.flatMap(AudioCheck.init(rawValue:))
      let takes = """
        FROM batch
        CROSS JOIN batch_item AS item ON item.batch_id = batch.id
        CROSS JOIN job ON job.id = item.job_id AND job.is_reroll = 1
        """
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(DISTINCT item.line) AS lines,
            count(DISTINCT iif(job.state IN \(States.ended), NULL, item.line)) AS pending,
            (
              SELECT \(saturatingSum("cost"))
              FROM submission
              WHERE job_id IN (SELECT job.id \(takes) WHERE batch.name = :batch)) AS cost
          \(takes)
          WHERE batch.name = :batch AND (item.former IS NULL OR item.former = 'retaken')
          """, arguments: ["batch": batch])
      heard.rerolled = row?["lines"] ?? 0
      heard.pending = row?["pending"] ?? 0
      heard.rerollCost = Money(microDollars: row?["cost"] ?? 0)
      return heard
    }
  }
}
