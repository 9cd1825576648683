import CSMCore
import CSMReports
import CSMSQLite

// A plan and its outcome, for people and scripts.

extension DecisionPlan {
  /// `8 decisions: accept 5, reroll 2, up to $0.004; 1 already done`.
  package var sentence: String {
    let counts = Dictionary(grouping: due, by: \.way.name).mapValues(\.count)
    var parts = [DecisionRun.Report.sentence(counts)]
    if due.isEmpty { parts = ["nothing to do"] }
    if cost > .zero { parts[0] += ", up to \(Figures.money(cost))" }
    if done > 0 { parts.append("\(Figures.count(done)) already done") }
    let left = items.count - due.count - done
    if left > 0 { parts.append("\(Figures.count(left)) left alone") }
    return "\(Figures.count(items.count, "decision")): \(parts.joined(separator: "; "))"
  }

  private static let namesMax = 10

  /// A sentence for each reason why nothing is done for lines that have changed, with the lines.
  package var left: [String] {
    var names: [(what: String, lines: [String])] = []
    for item in items {
      guard let what = item.what else { continue }
      let line = item.decision.line.description
      if let place = names.firstIndex(where: { $0.what == what }) {
        names[place].lines.append(line)
      } else {
        names.append((what, [line]))
      }
    }
    return names.map { what, lines in
      let some = lines.prefix(Self.namesMax).joined(separator: ", ")
      let more = lines.count - Self.namesMax
      let rest = more > 0 ? " and \(Figures.count(more)) more (see --json)" : ""
      return Printable.line("\(what): \(some)\(rest)")
    }
  }
}

extension DecisionPlan.Item {
  /// Why nothing is to be done, if the line changed.
  fileprivate var reason: String? {
    switch fate {
    case .due: nil
    case .done(let reason): reason
    case .passed(let reason): reason
    }
  }

  /// What is said of a line that has changed.
  fileprivate var what: String? {
    reason.map { if case .done = fate { "already done (\($0))" } else { "left alone (\($0))" } }
  }

  package var json: JSONObject {
    let (take, text): (Int?, String?) =
      switch decision.way {
      case .pick(let take): (take, nil)
      case .edit(let words): (nil, words.text)
      case .accept, .reroll, .retry, .cancel: (nil, nil)
      }
    let outcome =
      switch fate {
      case .due: "due"
      case .done: "done"
      case .passed: "left"
      }
    return [
      "id": decision.line.description, "decision": decision.way.name.rawValue,
      "take": take, "text": text, "outcome": outcome, "reason": reason, "cost_usd": cost.decimal,
    ]
  }
}

extension DecisionRun.Report {
  package var sentence: String {
    let what = lines.isEmpty ? "nothing" : Self.sentence(lines)
    return "done: \(what)\(cost > .zero ? ", \(Figures.money(cost))" : "")"
  }

  /// `accept 5, reroll 2`.
  static func sentence(_ counts: [Decision.Name: Int]) -> String {
    Decision.Name.allCases.compactMap { name in
      counts[name].flatMap { $0 > 0 ? "\(name.rawValue) \(Figures.count($0))" : nil }
    }
    .joined(separator: ", ")
  }
}
