import CSMCore
import CSMSQLite

// What the audio checks found in a batch, for people and scripts.

extension JobTable.Heard {
  /// Sentences about the audio; empty if there is nothing to report.
  package func sentences(batch: String) -> [String] {
    [rerolls, poverty, stop(batch), marks(batch)].compactMap(\.self)
  }

  /// For example `60 lines spoken again for bad audio ($0.09): 46 good now, 14 no better`.
  private var rerolls: String? {
    guard rerolled > 0 else { return nil }
    var parts = rescued.map { ["\(Figures.count($0)) good now"] } ?? []
    if pending > 0 { parts.append("\(Figures.count(pending)) under way") }
    if chosen > 0 { parts.append("\(Figures.count(chosen)) with the take that you chose") }
    let rest = rescued.map { rerolled - $0 - pending - chosen } ?? 0
    if rest > 0 { parts.append("\(Figures.count(rest)) no better") }
    return "\(Figures.count(rerolled, "line")) spoken again for bad audio "
      + "(\(Figures.money(rerollCost)))"
      + (parts.isEmpty ? "" : ": \(parts.joined(separator: ", "))")
  }

  private var poverty: String? {
    guard unpaid > 0 else { return nil }
    return
      "\(Figures.count(unpaid, "line")) not spoken again for bad audio: too little of the budget "
      + "was left; csm-enqueue reroll speaks them again"
  }

  private func stop(_ batch: String) -> String? {
    stopped.map {
      "too many of the first lines are \($0.rawValue) for this to be chance, so csmd makes no more "
        + "takes; check the voice and the text: csm-enqueue list "
        + "--batch \(ShellWord.quoted(batch)) --check \($0.rawValue)"
    }
  }

  /// For example `74 lines to listen to, 14 of them bad: 14 silent, 60 lead`.
  private func marks(_ batch: String) -> String? {
    guard marked > 0 else { return nil }
    let counts = AudioCheck.allCases.compactMap { check in
      checks[check].map { "\(Figures.count($0)) \(check.rawValue)" }
    }
    let name = ShellWord.quoted(batch)
    let severity = bad > 0 ? "bad" : "odd"
    let of = sample.map { "in a sample of \(Figures.count($0, "line")), " } ?? ""
    return "\(of)\(Figures.count(marked, "line")) to listen to, \(Figures.count(bad)) of them bad: "
      + "\(counts.joined(separator: ", ")); csm-enqueue review \(name) --html review.html, "
      + "or list --batch \(name) --check \(severity)"
  }

  package var json: JSONObject {
    [
      "sample": sample, "marked": marked, "bad": bad,
      "checks": Dictionary(uniqueKeysWithValues: checks.map { ($0.key.rawValue, $0.value) }),
      "rerolled": rerolled, "rescued": rescued, "pending": pending,
      "chosen": chosen, "unpaid": unpaid,
      "reroll_cost_usd": rerollCost.decimal, "rerolls_stopped": stopped?.rawValue,
    ]
  }
}
