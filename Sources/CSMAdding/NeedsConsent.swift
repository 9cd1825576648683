import CSMCore
import CSMSQLite

/// Nothing of a file was added because a person has to agree first.
package struct NeedsConsent: Error {
  package let file: String
  package let consent: AdditionSummary.Consent
  let cost: Money
  /// The most that takes added by csmd may cost in addition.
  let rerollsMax: Money

  /// The question to ask on a terminal.
  package var question: String {
    switch consent {
    case .strangers:
      "\(file): \(what), for \(Figures.money(cost))\(takes). Add them without a voice?"
    case .cost: "\(file): \(what)\(takes). Add them?"
    }
  }

  private var takes: String {
    rerollsMax == .zero
      ? "" : ", plus at most \(Figures.money(rerollsMax)) for more takes of bad audio"
  }

  private var what: String {
    switch consent {
    case .strangers(let lines):
      "\(Figures.count(lines, "line")) without a voice would each be spoken by a different stranger"
    case .cost(let cost):
      "the new lines would cost about \(Figures.money(cost)), more than CSM_CONFIRM_USD"
    }
  }
}
