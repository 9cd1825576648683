import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// Carries out decisions, each kind in a transaction of its own, and each edit in one.
///
/// Each step is durable before the next begins. After an interruption, the same decisions can be given
/// again, and only the rest is done.
package struct DecisionRun {
  private let table: JobTable
  private let price: Price
  private let now: Timestamp

  package init(_ table: JobTable, price: Price, now: Timestamp) {
    self.table = table
    self.price = price
    self.now = now
  }

  /// The result of a run.
  package struct Report: Sendable, Equatable {
    /// Lines, by what was done to them.
    package var lines: [Decision.Name: Int] = [:]
    /// What the new takes cost.
    package var cost = Money.zero
    /// Why lines were left unchanged, a sentence each.
    package var refusals: [String] = []
    /// Notes for the person, a sentence each.
    package var notes: [String] = []
  }

  package func carryOut(_ decisions: [Decision]) throws -> Report {
    var report = Report()
    let lines = Dictionary(grouping: decisions, by: \.way).mapValues { $0.map(\.line) }
    for name in Decision.Name.allCases {
      var ways: Set<Decision.Way> = []
      for way in decisions.map(\.way) where way.name == name && ways.insert(way).inserted {
        // In one call: lines with the same words share their new takes.
        var selection = Selection()
        selection.lines = lines[way] ?? []
        try carryOut(way, selection, &report)
      }
    }
    return report
  }

  private func carryOut(
    _ way: Decision.Way, _ selection: Selection, _ report: inout Report
  ) throws {
    func add(_ count: Int) { report.lines[way.name, default: 0] += count }
    switch way {
    case .accept: add(try table.accept(selection, at: now).accepted)
    case .pick(let take):
      let picking = try table.pick(selection, take: take, at: now)
      // A picked take was heard and is fine.
      let accepting = try table.accept(selection, at: now)
      add(max(picking.picked, accepting.accepted))
    case .reroll:
      let rerolling = try table.reroll(selection, takes: 1, price: price, at: now)
      add(rerolling.lines)
      report.cost = report.cost + rerolling.cost
      report.notes += rerolling.sentences
    case .retry:
      let decision = try table.retry(selection, price: price, at: now)
      add(decision.moved)
      report.cost = report.cost + decision.cost
    case .cancel:
      var selection = selection
      // No take of a cancelled line is wanted.
      selection.age = .withTakes
      let decision = try table.cancel(selection, at: now)
      add(decision.moved + decision.marked)
      report.notes += decision.sentences
    case .edit(let words): try edit(selection.lines, words, &report)
    }
  }

  private func edit(
    _ lines: [JobTable.LineName], _ words: EditedWords, _ report: inout Report
  ) throws {
    for name in lines {
      var one = Selection()
      one.lines = [name]
      do {
        let edit = try table.edit(one, at: now) { old, endpoint in
          try words.replacing(old, of: name.description, endpoint: endpoint)
        }
        switch edit {
        case .edited(_, let known, let characters):
          report.lines[.edit, default: 0] += 1
          if known == nil { report.cost = report.cost + price.of(characters: characters) }
        case .chained:
          report.refusals.append(
            "\(name) is one of several turns that wait for one another: change its file and add it again"
          )
        case .unchanged, .notOne: break
        }
      } catch let failure as Failure {
        report.refusals += failure.sentences
      }
    }
  }
}
