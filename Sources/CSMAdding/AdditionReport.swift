import CSMCore
import CSMInput
import CSMReports
import CSMSQLite
import CSMWorkplace

/// The result of adding a file.
package struct AdditionReport {
  let addition: Addition
  let summary: AdditionSummary
  let counts: FileReading.Counts
  let reading: FileReading
  let names: LineFileName.Changes
  /// Nil if nothing new was queued.
  let outlook: SendingOutlook?

  package var status: ExitStatus {
    guard counts.rejected > 0 else { return .success }
    return addition.isStrict ? .badInput : .incomplete
  }

  /// For people.
  package var sentences: [String] {
    let isRefused = addition.isStrict && counts.rejected > 0
    let columns = reading.columns.map { ["columns: \($0)"] } ?? []
    var sentences = addition.isDryRun ? columns + reading.sentences(width: summary.lineWidth) : []
    sentences.append(countsSentence)
    if !addition.isDryRun { sentences += columns }
    guard !isRefused else {
      return sentences + [
        "nothing was added: fix or remove the rejected lines, or omit --strict"
      ]
    }
    if summary.queued > 0 {
      sentences.append(Figures.estimate(summary.characters, summary.cost))
    }
    if summary.mayGetTakes { sentences.append(rerolls) }
    sentences += details + [names.sentence].compactMap(\.self)
    if addition.isDryRun { sentences.append("nothing was added: this was a dry run") }
    return sentences + (outlook?.sentences ?? [])
  }

  private var countsSentence: String {
    let queued = addition.isDryRun ? "would be queued" : "queued"
    var parts = ["\(Figures.count(summary.queued)) \(queued)"]
    func note(_ number: Int, _ what: String) {
      if number > 0 { parts.append("\(Figures.count(number)) \(what)") }
    }
    note(summary.shared, "with words already queued or spoken")
    note(summary.unchanged, "unchanged")
    note(summary.changed, "changed")
    if summary.changed + summary.unchanged > 0 { note(summary.added, "new") }
    let fate =
      summary.pruned > 0
      ? addition.isDryRun ? "would be removed" : "removed" : "kept; --prune removes them"
    note(summary.gone ?? 0, "gone from the file (\(fate))")
    let lines = parts
    let rows = reading.counts
    parts = []
    note(rows.blank, "blank")
    note(rows.skipped, "skipped")
    // The rows that were read and the lines made of them are counted apart where the numbers differ.
    let batch = Printable.line(addition.batch)
    if rows.isOneToOne {
      note(counts.rejected, "rejected")
      parts = ["\(Figures.count(rows.read, "line")) read"] + lines + parts
      return "\(batch): \(parts.joined(separator: ", "))"
    }
    note(rows.rejected, "rejected")
    let read = ["\(Figures.count(rows.read, "row")) read"] + parts
    parts = lines
    note(counts.rejected - rows.rejected, "rejected")
    return
      "\(batch): \(read.joined(separator: ", ")); made into \(Figures.count(rows.made, "line")): "
      + parts.joined(separator: ", ")
  }

  /// Such as `if audio is bad: at most 1 more take per line, about $0.04 in total, $1.50 at most`.
  private var rerolls: String {
    "if audio is bad: at most \(Figures.count(summary.rerolls, "more take")) per line, about "
      + "\(Figures.money(summary.rerollsLikely)) in total, \(Figures.money(summary.rerollsMax)) at most"
      + (summary.joined + summary.earlier > 0
        ? ", with \(Figures.count(summary.joined + summary.earlier, "line")) added before" : "")
  }

  private var details: [String] {
    var sentences: [String] = []
    let batch = ShellWord.quoted(addition.batch)
    func note(_ lines: Int, _ what: String) {
      if lines > 0 { sentences.append("\(Figures.count(lines, "line")) \(what)") }
    }
    note(summary.stored, "already spoken: saves \(Figures.money(summary.saved))")
    note(summary.dropped, "with another take queued because the audio is bad: that take is dropped")
    note(summary.elsewhere, "from another file: left unchanged")
    note(summary.edited, "edited by hand: an edit stays until the file changes the line")
    note(
      summary.reverted,
      "edited by hand: replaced, since the file has new words or another voice for "
        + Self.them(summary.reverted))
    note(
      summary.cancelled,
      "cancelled before: csm-enqueue reroll --batch \(batch) --state CANCELLED queues "
        + "\(Self.them(summary.cancelled)) again")
    note(
      summary.failed,
      "failed before: csm-enqueue retry --batch \(batch) --failed tries "
        + "\(Self.them(summary.failed)) again")
    note(
      summary.held,
      "held before: see csm-enqueue list --batch \(batch) --state HELD, then retry or cancel "
        + Self.them(summary.held))
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
        "nothing was removed: "
          + (counts.rejected > 0
            ? "--prune needs a file without rejected lines" : "the file has no lines"))
    }
    if let budget = summary.budget {
      let isEnough = budget.spent + summary.cost <= budget.limit
      sentences.append(
        "the batch's budget: \(Figures.exact(budget.limit)), of which "
          + "\(Figures.exact(budget.spent)) is spent or reserved"
          + (isEnough ? "" : "; not enough for these lines, so some will wait"))
    }
    return sentences
  }

  private static func them(_ count: Int) -> String { count == 1 ? "it" : "them" }
}
