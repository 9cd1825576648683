import CSMCore
import CSMInput
import CSMReports
import CSMSQLite
import CSMWorkplace

/// What became of a file.
package struct AdditionReport {
  let addition: Addition
  let summary: AdditionSummary
  let tally: FileReading.Tally
  let reading: FileReading
  let names: LineFileName.Changes
  /// Nil where nothing new waits.
  let prospect: Prospect?

  package var status: ExitStatus {
    guard tally.rejected > 0 else { return .success }
    return addition.isStrict ? .badInput : .incomplete
  }

  /// For people.
  package var sentences: [String] {
    let isRefused = addition.isStrict && tally.rejected > 0
    let columns = reading.columns.map { ["columns: \($0)"] } ?? []
    var sentences = addition.isDryRun ? columns + reading.sentences(width: summary.lineWidth) : []
    sentences.append(counts)
    if !addition.isDryRun { sentences += columns }
    guard !isRefused else {
      return sentences + [
        "nothing was added: correct or remove the rejected lines, or leave out --strict"
      ]
    }
    if summary.queued > 0 {
      sentences.append(Figures.estimate(summary.characters, summary.cost))
      if summary.rerolls > 0 { sentences.append(rerolls) }
    }
    sentences += details + [names.sentence].compactMap(\.self)
    if addition.isDryRun { sentences.append("nothing was added: this was a dry run") }
    return sentences + (prospect?.sentences ?? [])
  }

  private var counts: String {
    let queued = addition.isDryRun ? "would be queued" : "queued"
    var parts = ["\(Figures.count(summary.queued)) \(queued)"]
    func note(_ number: Int, _ what: String) {
      if number > 0 { parts.append("\(Figures.count(number)) \(what)") }
    }
    note(summary.shared, "with words that are queued or spoken already")
    note(summary.unchanged, "unchanged")
    note(summary.changed, "changed")
    if summary.changed + summary.unchanged > 0 { note(summary.added, "new") }
    let fate =
      summary.pruned > 0
      ? addition.isDryRun ? "would be taken out" : "taken out" : "kept; --prune takes them out"
    note(summary.gone ?? 0, "gone from the file (\(fate))")
    let lines = parts
    let rows = reading.tally
    parts = []
    note(rows.blank, "blank")
    note(rows.skipped, "skipped")
    // What was read and what is made of it are counted apart where the figures would not add up.
    let batch = Printable.line(addition.batch)
    if rows.isOneToOne {
      note(tally.rejected, "rejected")
      parts = ["\(Figures.count(rows.read, "line")) read"] + lines + parts
      return "\(batch): \(parts.joined(separator: ", "))"
    }
    note(rows.rejected, "rejected")
    let read = ["\(Figures.count(rows.read, "row")) read"] + parts
    parts = lines
    note(tally.rejected - rows.rejected, "rejected")
    return
      "\(batch): \(read.joined(separator: ", ")); made into \(Figures.count(rows.made, "line")): "
      + parts.joined(separator: ", ")
  }

  /// Such as `if audio is bad: at most 1 more take of a line, about $0.04 in all, $1.50 at most`.
  private var rerolls: String {
    "if audio is bad: at most \(Figures.count(summary.rerolls, "more take")) of a line, about "
      + "\(Figures.money(summary.rerollsLikely)) in all, \(Figures.money(summary.rerollsMax)) at most"
  }

  private var details: [String] {
    var sentences: [String] = []
    let batch = ShellWord.quoted(addition.batch)
    if summary.stored > 0 {
      sentences.append(
        "\(Figures.count(summary.stored, "line")) spoken already: saves "
          + Figures.money(summary.saved))
    }
    if summary.elsewhere > 0 {
      sentences.append(
        "\(Figures.count(summary.elsewhere, "line")) came from another file: left unchanged")
    }
    if summary.edited > 0 {
      sentences.append(
        "\(Figures.count(summary.edited, "line")) edited by hand: the edited words stay until the file "
          + "changes these lines")
    }
    if summary.reverted > 0 {
      sentences.append(
        "\(Figures.count(summary.reverted, "line")) edited by hand before: now as in the file again, which "
          + "has new words or another voice for them")
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
    if addition.isDryRun, !summary.longest.isEmpty {
      let lines = summary.longest.map { "\($0.id) (\(Figures.count($0.characters)))" }
      sentences.append("longest lines, in characters: \(lines.joined(separator: ", "))")
    }
    if addition.isPruning, summary.gone == nil {
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
