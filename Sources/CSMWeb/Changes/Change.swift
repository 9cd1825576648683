import CSMCore
import CSMDeciding
import CSMInput
import CSMReports
import CSMSQLite
import CSMWorkplace

/// A request to change lines that a person chose on the page.
struct Change: Decodable, Sendable {
  let action: Decision.Name
  let lines: [Line]
  /// The cost in dollars that the person agreed to, as `Outcome.costs` gave it; nil for none.
  let cost: String?
  let take: Int?
  let text: String?

  struct Line: Decodable, Sendable {
    let batch: String
    let line: String
    /// What the person heard of it, as `SeenLine.audio` has it; nil if the audio does not matter.
    let heard: String?

    var name: JobTable.LineName { .init(batch: batch, line: line) }
  }

  /// How many lines one change may name; for more there are the commands.
  static let linesMax = 10_000

  enum Outcome {
    /// It was done; with a sentence for people.
    case done(String)
    /// Nothing was changed, because the change costs more than was agreed to.
    case costs(Money)
  }

  private var selection: Selection {
    var selection = Selection()
    selection.lines = lines.map(\.name)
    return selection
  }

  private var costMax: Money { cost.flatMap(Money.init(dollars:)) ?? .zero }

  /// Makes the change, as the command of the same name does; durable on return.
  ///
  /// - Throws: `Failure` if it cannot be made.
  func make(in workplace: Workplace, at now: Timestamp) throws -> Outcome {
    guard (1...Self.linesMax).contains(lines.count) else {
      throw Failure("choose 1 to \(Figures.count(Self.linesMax)) lines", .usage)
    }
    if action == .edit, let words = try text.map(Self.words) {
      let price = workplace.settings.rules.price.of(characters: words.characters)
      if price > costMax { return .costs(price) }
    }
    do {
      return .done(
        try workplace.writing { table in
          switch action {
          case .retry: try retry(table, workplace, now)
          case .cancel: try cancel(table, now)
          case .reroll: try reroll(table, workplace, now)
          case .accept: try accept(table, now)
          case .pick: try pick(table, now)
          case .edit: try edit(table, now)
          }
        })
    } catch let error as TooDear {
      return .costs(error.cost)
    }
  }

  private func retry(_ table: JobTable, _ workplace: Workplace, _ now: Timestamp) throws -> String {
    let decision = try table.retry(
      selection, price: workplace.settings.rules.price, costMax: costMax, at: now)
    guard decision.moved > 0 else {
      throw Failure(
        "nothing to retry: no line here is FAILED, HELD or UNKNOWN; reroll speaks STORED and CANCELLED "
          + "lines again", .incomplete)
    }
    return "\(Figures.count(decision.moved, "line")) back in the queue"
  }

  private func cancel(_ table: JobTable, _ now: Timestamp) throws -> String {
    var selection = selection
    selection.age = .withTakes
    let decision = try table.cancel(selection, at: now)
    guard decision.moved + decision.marked > 0 else {
      throw Failure("nothing to cancel: these lines have all ended", .incomplete)
    }
    let marked = decision.marked - decision.lookedFor
    let atFal = marked > 0 ? ", \(Figures.count(marked)) at fal, where csmd cancels them" : ""
    let elsewhere = decision.elsewhere.map {
      "; with \(Figures.count($0.lines, "line")) of \($0.batch) that have the same words"
    }
    let doubts = decision.doubts.map { "; \($0)" }
    return "\(Figures.count(decision.moved, "line")) cancelled\(atFal)"
      + (elsewhere + doubts).joined()
  }

  private func reroll(
    _ table: JobTable, _ workplace: Workplace, _ now: Timestamp
  ) throws -> String {
    let rerolling = try table.reroll(
      selection, takes: 1, price: workplace.settings.rules.price, costMax: costMax, at: now)
    guard rerolling.lines > 0 else {
      throw Failure(
        rerolling.needed > 0
          ? "other turns wait for this line: retry or cancel it first"
          : "nothing to speak again: no line here has ended", .incomplete)
    }
    let open =
      rerolling.open > 0 ? "; \(Figures.count(rerolling.open, "unfinished line")) left alone" : ""
    return "\(Figures.count(rerolling.lines, "new take")) queued\(open)"
  }

  /// Whether audio is what the person heard of a line.
  private var isHeard: JobTable.Hearing {
    let heard = Dictionary(lines.map { ($0.name, $0.heard) }, uniquingKeysWith: { $1 })
    return { line, audio in (heard[line] ?? nil).map { $0 == SeenLine.audio(audio) } ?? true }
  }

  private func accept(_ table: JobTable, _ now: Timestamp) throws -> String {
    let accepting = try table.accept(selection, at: now, where: isHeard)
    guard accepting.accepted + accepting.unchanged > 0 else {
      throw Failure(
        accepting.other > 0
          ? "\(who(accepting.other)) another take now: listen to it first"
          : "nothing to accept: there is no audio yet", .incomplete)
    }
    let left = accepting.other > 0 ? "; \(who(accepting.other)) another take now" : ""
    return "\(Figures.count(accepting.accepted, "line")) accepted\(left)"
  }

  /// Picks a take; if it was heard, it is accepted, too.
  private func pick(_ table: JobTable, _ now: Timestamp) throws -> String {
    guard let take, SpeechLimits.takes.contains(take) else {
      throw Failure("say which take", .usage)
    }
    let picking = try table.pick(selection, take: take, at: now, where: isHeard)
    guard picking.picked + picking.unchanged > 0 else {
      throw Failure(
        picking.other > 0
          ? "\(who(picking.other)) other audio as take \(take) now: listen to it first"
          : "there is no stored take \(take)", .incomplete)
    }
    if lines.allSatisfy({ $0.heard != nil }) {
      _ = try table.accept(selection, at: now, where: isHeard)
    }
    return "take \(take) picked"
  }

  /// `night:L1 has`, or `2 lines have`.
  private func who(_ count: Int) -> String {
    guard lines.count == 1, let line = lines.first else {
      return "\(Figures.count(count, "line")) \(count == 1 ? "has" : "have")"
    }
    return "\(line.name) has"
  }

  private func edit(_ table: JobTable, _ now: Timestamp) throws -> String {
    guard let text, let name = lines.first?.name, lines.count == 1 else {
      throw Failure("give new words for exactly one line", .usage)
    }
    let words = try Self.words(text)
    let edit = try table.edit(selection, at: now) { old, endpoint in
      try words.replacing(old, of: name.description, endpoint: endpoint)
    }
    switch edit {
    case .edited(_, nil, _): return "the new words are queued"
    case .edited(_, .some, _):
      return "these words are already queued or spoken: nothing more to pay"
    case .unchanged: return "the line already has these words"
    case .chained:
      throw Failure(
        "\(name) is one of several turns that wait for one another: change its file", .badInput)
    case .notOne: throw Failure("there is no line \(name)", .incomplete)
    }
  }

  private static func words(_ text: String) throws -> EditedWords {
    do throws(Rejection) {
      return try EditedWords(text)
    } catch {
      throw Failure("these words cannot be spoken: \(error.reason)", .badInput)
    }
  }
}
