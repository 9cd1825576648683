import CSMCore
import CSMSQLite

extension JobTable.Decision {
  /// Which lines the cancellation also affects, and what it may still cost.
  package var sentences: [String] {
    gone + doubts
  }

  /// What becomes of submits in doubt, and what fal may bill for cancelled lines.
  package var doubts: [String] {
    var doubts: [String] = []
    if lookedFor > 0 {
      doubts.append(
        "UNKNOWN: cancelled at fal if fal's list shows it, otherwise given up")
    }
    if cost > .zero {
      doubts.append(
        "up to \(Figures.money(cost)) may be billed: fal may have spoken lines without answering"
      )
    }
    return doubts
  }

  /// A sentence for each batch.
  private var gone: [String] {
    // What fal has cannot be rerolled before it has ended.
    elsewhere.map { Printable.line($0.sentence + (marked > 0 ? ", once CANCELLED" : "")) }
  }
}

extension JobTable.Elsewhere {
  /// Which equal lines are affected, and how to speak those without audio after all.
  fileprivate var sentence: String {
    let isOne = lines == 1
    let equal =
      "\(Figures.count(lines, "line")) of \(batch) \(isOne ? "has" : "have") the same words, and will not "
    guard !isOtherTake else { return equal + "get the new take either" }
    let which =
      isOne
      ? ShellWord.quoted("\(batch):\(first)")
      : "--batch \(ShellWord.quoted(batch)) --state CANCELLED"
    return equal
      + "be spoken either: csm-enqueue reroll \(which) speaks \(isOne ? "it" : "them") after all"
  }
}

extension JobTable.Rerolling {
  /// What the new takes leave unchanged, a sentence each.
  package var sentences: [String] {
    var sentences: [String] = []
    if needed > 0 {
      sentences.append(
        "\(Figures.count(needed, "line")) with a HELD take that other turns wait for: left alone; retry "
          + "or cancel it first")
    }
    if unheard > 0 {
      sentences.append(
        "\(Figures.count(unheard, "later turn")) that heard no turn with a new take: left alone")
    }
    if pinned > 0 {
      sentences.append(
        "\(Figures.count(pinned, "line")) that you picked or accepted: unchanged until you pick a "
          + "new take")
    }
    return sentences
  }
}
