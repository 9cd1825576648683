import CSMCore
import CSMSQLite

/// What to do for decisions, given the present table.
package struct DecisionPlan: Sendable {
  /// A decision, and what becomes of it.
  package struct Item: Sendable {
    package let decision: Decision
    package let fate: Fate
    /// The most that it costs.
    package var cost = Money.zero
  }

  package enum Fate: Sendable, Equatable {
    case due
    /// Already done; with the reason, if somebody else may have done it.
    case done(String?)
    /// Left alone, because the line is not what the person saw; with the reason.
    case passed(String)
  }

  package let items: [Item]
  /// What csmd may add to the edited lines.
  package private(set) var moreTakes = MoreTakes()

  /// Ids in one query.
  private static let group = 1000

  package init(_ decisions: [Decision], _ table: JobTable, price: Price) throws {
    var found: [JobTable.LineName: JobTable.LineWithTakes] = [:]
    for (batch, lines) in Dictionary(grouping: decisions.map(\.line), by: \.batch) {
      for start in stride(from: 0, to: lines.count, by: Self.group) {
        var selection = Selection()
        selection.batch = batch
        selection.ids = lines[start..<min(start + Self.group, lines.count)].map(\.line)
        try table.linesWithTakes(selection) { page in
          for one in page { found[one.line.name] = one }
        }
      }
    }
    // Lines with the same words are spoken, and paid for, together.
    var paid: Set<Job.ID> = []
    items = decisions.map { decision in
      guard let line = found[decision.line] else {
        return Item(decision: decision, fate: .passed("is gone"))
      }
      let fate = Self.fate(of: decision, line)
      let cost = fate == .due ? Self.cost(of: decision.way, line.line, price, &paid) : .zero
      return Item(decision: decision, fate: fate, cost: cost)
    }
    try promiseTakes(table)
  }

  private mutating func promiseTakes(_ table: JobTable) throws {
    var rerolls: [String: Int] = [:]
    for item in items where item.fate == .due && item.decision.way.name == .edit {
      let batch = item.decision.line.batch
      let takes = try rerolls[batch] ?? table.rerollsMax(of: batch)
      rerolls[batch] = takes
      moreTakes.add(takes, for: item.cost)
    }
  }

  package var due: [Decision] { items.filter { $0.fate == .due }.map(\.decision) }
  /// The most that all due decisions cost.
  package var cost: Money { items.reduce(.zero) { $0 + $1.cost } }
  package var done: Int { items.count { if case .done = $0.fate { true } else { false } } }

  private static func fate(of decision: Decision, _ one: JobTable.LineWithTakes) -> Fate {
    let line = one.line
    if isDone(decision, one) { return .done(nil) }
    if let words = decision.seen.words, words != SeenLine.words(of: line) {
      return .passed("has other words now")
    }
    switch decision.way {
    case .accept:
      if line.state != .stored { return .passed("has no audio now") }
      if isOther(line, decision.seen) { return .passed("has another take now") }
    case .pick(let take):
      guard let wanted = one.takes.first(where: { $0.take == take }), wanted.state == .stored
      else { return .passed("has no stored take \(take)") }
      if isOther(wanted, decision.seen) { return .passed("has other audio as take \(take) now") }
    case .reroll:
      if hasNewer(one.takes, than: decision.seen) { return .done("has a newer take") }
      if one.takes.contains(where: { !$0.state.isEnded }) {
        return .passed("has a take under way")
      }
    case .retry:
      if ![.failed, .held, .unknown].contains(line.state) {
        return .done("is \(line.state.rawValue) now")
      }
    case .edit: break
    case .cancel:
      if line.state.isSettled { return .passed("is \(line.state.rawValue) now") }
    }
    return .due
  }

  private static func isDone(_ decision: Decision, _ one: JobTable.LineWithTakes) -> Bool {
    let line = one.line
    return switch decision.way {
    case .accept: line.isAccepted && !isOther(line, decision.seen)
    case .pick(let take):
      line.take == take && line.isPinned && line.isAccepted && !isOther(line, decision.seen)
    case .edit(let words): line.text == words.text
    case .cancel: line.state == .cancelled
    case .reroll, .retry: false
    }
  }

  /// Whether a take joined after the person saw the line.
  private static func hasNewer(_ takes: [LineRow], than seen: SeenLine) -> Bool {
    if let newest = seen.takes { return takes.contains { $0.take > newest } }
    guard let at = seen.at else { return false }
    return takes.contains { $0.createdAt > at }
  }

  /// Whether the person heard other audio than the take has.
  private static func isOther(_ take: LineRow, _ seen: SeenLine) -> Bool {
    seen.audio.map { $0 != SeenLine.audio(of: take) } ?? false
  }

  private static func cost(
    of way: Decision.Way, _ line: LineRow, _ price: Price, _ paid: inout Set<Job.ID>
  ) -> Money {
    switch way {
    case .accept, .pick, .cancel: .zero
    case .reroll, .retry:
      paid.insert(line.id).inserted ? price.of(characters: line.characters) : .zero
    case .edit(let words): price.of(characters: words.characters)
    }
  }
}
