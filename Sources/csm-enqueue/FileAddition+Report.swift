import CSMCore
import CSMSQLite

extension FileAddition {
  /// Says what became of the file.
  func report(_ addition: Addition, _ summary: AdditionSummary, _ tally: Tally) throws {
    let cost = workplace.settings.rules.price.of(characters: summary.characters)
    if command.json {
      try Console.print(
        json: Outcome(
          batch: addition.batch, file: addition.sourceFile, lines: tally.read, blank: tally.blank,
          queued: summary.queued, duplicates: summary.shared, unchanged: summary.unchanged,
          changed: summary.changed, rejected: tally.rejected, chars: summary.characters,
          costMicroDollars: cost.microDollars, isDryRun: command.dryRun))
      return
    }
    Console.print(counts(addition, summary, tally))
    if command.strict, tally.rejected > 0 {
      Console.print("nothing was added: mend or remove the rejected lines, or leave out --strict")
      return
    }
    guard summary.queued > 0 else { return }
    let listening = Figures.duration(Figures.listening(characters: summary.characters))
    Console.print(
      "\(Figures.count(summary.characters, "character")) · estimate \(Figures.money(cost)) "
        + "· about \(listening) of audio")
    if command.dryRun { Console.print("nothing was added: this was a dry run") }
  }

  private func counts(_ addition: Addition, _ summary: AdditionSummary, _ tally: Tally) -> String {
    let queued = command.dryRun ? "would be queued" : "queued"
    var parts = [
      "\(Figures.count(tally.read, "line")) read", "\(Figures.count(summary.queued)) \(queued)",
    ]
    if summary.shared > 0 {
      parts.append("\(Figures.count(summary.shared)) with words that are queued or spoken already")
    }
    if summary.unchanged > 0 { parts.append("\(Figures.count(summary.unchanged)) unchanged") }
    if summary.changed > 0 { parts.append("\(Figures.count(summary.changed)) of them changed") }
    if tally.blank > 0 { parts.append("\(Figures.count(tally.blank)) blank") }
    if tally.rejected > 0 { parts.append("\(Figures.count(tally.rejected)) rejected") }
    return "\(Printable.line(addition.batch)): \(parts.joined(separator: ", "))"
  }

  /// The outcome for scripts.
  private struct Outcome: Encodable {
    let batch: String
    let file: String
    let lines: Int
    let blank: Int
    let queued: Int
    let duplicates: Int
    let unchanged: Int
    let changed: Int
    let rejected: Int
    let chars: Int
    let costMicroDollars: Int64
    let isDryRun: Bool

    enum CodingKeys: String, CodingKey {
      case batch, file, lines, blank, queued, duplicates, unchanged, changed, rejected, chars
      case cost = "cost_usd"
      case isDryRun = "dry_run"
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(batch, forKey: .batch)
      try values.encode(file, forKey: .file)
      try values.encode(lines, forKey: .lines)
      try values.encode(blank, forKey: .blank)
      try values.encode(queued, forKey: .queued)
      try values.encode(duplicates, forKey: .duplicates)
      try values.encode(unchanged, forKey: .unchanged)
      try values.encode(changed, forKey: .changed)
      try values.encode(rejected, forKey: .rejected)
      try values.encode(chars, forKey: .chars)
      try values.encode(Money(microDollars: costMicroDollars).decimal, forKey: .cost)
      try values.encode(isDryRun, forKey: .isDryRun)
    }
  }
}
