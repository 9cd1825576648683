import CSMCore
import CSMSQLite

extension JobTable.Decision {
  /// What goes with lines that are cancelled, and what they may cost all the same.
  package var sentences: [String] {
    gone + doubts
  }

  /// What becomes of lines whose submit is in doubt, and what fal may bill for lines that are cancelled.
  package var doubts: [String] {
    var doubts: [String] = []
    if lookedFor > 0 {
      doubts.append(
        "UNKNOWN: cancelled at fal where its listing shows it, else given up")
    }
    if cost > .zero {
      doubts.append(
        "up to \(Figures.money(cost)) may be billed: fal may have spoken what was sent and not answered"
      )
    }
    return doubts
  }

  /// A sentence for each batch.
  private var gone: [String] {
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
