import CSMCore
import CSMSQLite

extension FileAddition {
  /// Says what became of the file.
  func report(_ addition: Addition, _ summary: AdditionSummary, _ tally: FileReading.Tally) throws {
    guard !command.json else {
      return try Console.print(json: AdditionJSON(addition, summary, tally))
    }
    Console.print(counts(addition, summary, tally))
    if command.strict, tally.rejected > 0 {
      Console.print("nothing was added: mend or remove the rejected lines, or leave out --strict")
      return
    }
    if summary.queued > 0 {
      Console.print(Figures.estimate(summary.characters, summary.cost))
    }
    for sentence in sentences(addition, summary, tally) { Console.print(Printable.line(sentence)) }
    if command.dryRun {
      Console.print("nothing was added: this was a dry run")
    } else if summary.queued > 0 {
      for sentence in try prospect(of: addition.batch) { Console.print(Printable.line(sentence)) }
    }
  }

  /// Whether the lines will be sent, or what keeps them waiting.
  private func prospect(of batch: String) throws -> [String] {
    let now = Workplace.now()
    let (gates, reach) = try workplace.reading { table in
      (try table.gates(), try table.reach(price: workplace.settings.rules.price))
    }
    let closed =
      [reach.map { $0.sentence(at: now) }].compactMap(\.self)
      + gates.map { $0.sentence(at: now) }
    guard workplace.isAttended else {
      return closed + ["csmd does not run here: lines wait until it does"]
    }
    guard gates.isEmpty else { return closed + ["csmd runs, and sends nothing before that"] }
    return closed + [
      "csmd runs, so you can log out; how far it is says csm-enqueue status "
        + ShellWord.quoted(batch)
    ]
  }

  private func counts(_ addition: Addition, _ summary: AdditionSummary, _ tally: FileReading.Tally)
    -> String
  {
    let queued = command.dryRun ? "would be queued" : "queued"
    var parts = [
      "\(Figures.count(tally.read, "line")) read", "\(Figures.count(summary.queued)) \(queued)",
    ]
    func note(_ number: Int, _ what: String) {
      if number > 0 { parts.append("\(Figures.count(number)) \(what)") }
    }
    note(summary.shared, "with words that are queued or spoken already")
    note(summary.unchanged, "unchanged")
    note(summary.changed, "changed")
    if summary.changed + summary.unchanged > 0 { note(summary.added, "new") }
    let fate =
      summary.pruned > 0
      ? command.dryRun ? "would be taken out" : "taken out" : "kept; --prune takes them out"
    note(summary.gone ?? 0, "gone from the file (\(fate))")
    note(tally.blank, "blank")
    note(tally.skipped, "skipped")
    note(tally.rejected, "rejected")
    return "\(Printable.line(addition.batch)): \(parts.joined(separator: ", "))"
  }

  private func sentences(
    _ addition: Addition, _ summary: AdditionSummary, _ tally: FileReading.Tally
  ) -> [String] {
    var sentences: [String] = []
    let batch = ShellWord.quoted(addition.batch)
    if summary.stored > 0 {
      sentences.append(
        "\(Figures.count(summary.stored, "line")) spoken already: saves "
          + Figures.money(summary.saved))
    }
    if summary.edited > 0 {
      sentences.append(
        "\(Figures.count(summary.edited, "line")) edited by hand: these words stay until the file "
          + "says something new of them")
    }
    if summary.reverted > 0 {
      sentences.append(
        "\(Figures.count(summary.reverted, "line")) edited by hand before, and the file's words again "
          + "now: the file, or who speaks it, says something new of them")
    }
    if summary.cancelled > 0 {
      sentences.append(
        "\(Figures.count(summary.cancelled, "line")) cancelled before: csm-enqueue reroll --batch "
          + "\(batch) --state CANCELLED speaks them after all")
    }
    if summary.failed > 0 {
      sentences.append(
        "\(Figures.count(summary.failed, "line")) failed before: csm-enqueue retry --batch "
          + "\(batch) --failed tries again")
    }
    if summary.held > 0 {
      sentences.append(
        "\(Figures.count(summary.held, "line")) held before: csm-enqueue list --batch \(batch) "
          + "--state HELD, then retry or cancel")
    }
    if summary.raised > 0 {
      sentences.append(
        "\(Figures.count(summary.raised, "waiting job")) raised to priority \(addition.priority)")
    }
    if command.dryRun, !summary.longest.isEmpty {
      let lines = summary.longest.map { "\($0.id) (\(Figures.count($0.characters)))" }
      sentences.append("longest lines, in characters: \(lines.joined(separator: ", "))")
    }
    if command.prune, summary.gone == nil {
      sentences.append(
        "nothing was taken out: "
          + (tally.rejected > 0
            ? "that needs a file without rejected lines" : "there is no line in the file"))
    }
    if let budget = summary.budget {
      let isEnough = budget.spent + summary.cost <= budget.limit
      sentences.append(
        "the batch's budget: \(Figures.money(budget.limit)), of which "
          + "\(Figures.money(budget.spent)) is spent or set aside"
          + (isEnough ? "" : "; not enough for these lines: the rest will wait"))
    }
    return sentences
  }
}

/// What became of a file, for scripts.
private struct AdditionJSON: Encodable {
  private let addition: Addition
  private let summary: AdditionSummary
  private let tally: FileReading.Tally

  init(_ addition: Addition, _ summary: AdditionSummary, _ tally: FileReading.Tally) {
    self.addition = addition
    self.summary = summary
    self.tally = tally
  }

  enum CodingKeys: String, CodingKey {
    case batch, file, lines, blank, skipped, queued, duplicates, unchanged, edited, changed, new
    case gone, pruned
    case stored, cancelled, failed, held, raised, reverted, rejected, chars, longest, budget
    case cost = "cost_usd"
    case saved = "saved_usd"
    case isDryRun = "dry_run"
  }

  private struct LongLine: Encodable {
    let line: String
    let chars: Int
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(addition.batch, forKey: .batch)
    try values.encode(addition.sourceFile, forKey: .file)
    try values.encode(tally.read, forKey: .lines)
    try values.encode(tally.blank, forKey: .blank)
    try values.encode(tally.skipped, forKey: .skipped)
    try values.encode(summary.queued, forKey: .queued)
    try values.encode(summary.shared, forKey: .duplicates)
    try values.encode(summary.unchanged, forKey: .unchanged)
    try values.encode(summary.edited, forKey: .edited)
    try values.encode(summary.reverted, forKey: .reverted)
    try values.encode(summary.changed, forKey: .changed)
    try values.encode(summary.added, forKey: .new)
    try values.encode(summary.gone, forKey: .gone)
    try values.encode(summary.pruned, forKey: .pruned)
    try values.encode(summary.stored, forKey: .stored)
    try values.encode(summary.saved.decimal, forKey: .saved)
    try values.encode(summary.cancelled, forKey: .cancelled)
    try values.encode(summary.failed, forKey: .failed)
    try values.encode(summary.held, forKey: .held)
    try values.encode(summary.raised, forKey: .raised)
    try values.encode(tally.rejected, forKey: .rejected)
    try values.encode(summary.characters, forKey: .chars)
    try values.encode(summary.cost.decimal, forKey: .cost)
    let longest = summary.longest.map { LongLine(line: $0.id, chars: $0.characters) }
    try values.encode(longest, forKey: .longest)
    try values.encode(summary.budget.map(BudgetJSON.init(budget:)), forKey: .budget)
    try values.encode(addition.isDryRun, forKey: .isDryRun)
  }
}
