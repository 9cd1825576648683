import CSMCore
import CSMSQLite

extension JobTable.Decision {
  /// What goes with lines that are cancelled, a sentence for each batch.
  package var sentences: [String] {
    // What fal has, cannot be spoken again before it has ended.
    elsewhere.map { Printable.line($0.sentence + (marked > 0 ? ", once CANCELLED" : "")) }
  }
}

extension JobTable.Elsewhere {
  /// What is lost with equal lines, and how it is not.
  fileprivate var sentence: String {
    let isOne = lines == 1
    let which =
      isOne
      ? ShellWord.quoted("\(batch):\(first)")
      : "--batch \(ShellWord.quoted(batch)) --state CANCELLED"
    return
      "\(Figures.count(lines, "line")) of \(batch) \(isOne ? "has" : "have") the same words, and will "
      + "not be spoken either: csm-enqueue reroll \(which) speaks \(isOne ? "it" : "them") after all"
  }
}

extension JobTable.Rerolling {
  /// What new takes do not change, a sentence each.
  package var sentences: [String] {
    var sentences: [String] = []
    if needed > 0 {
      sentences.append(
        "\(Figures.count(needed, "HELD line")) that other turns wait for: left alone; retry or cancel first"
      )
    }
    if pinned > 0 {
      sentences.append(
        "\(Figures.count(pinned, "line")) that you picked or accepted: stay as they are until you pick a "
          + "new take")
    }
    return sentences
  }
}
