import CSMCore
import CSMInput
import CSMSQLite
import CSMWorkplace

extension FileAddition {
  /// Sees that the file changed no line of another one.
  func demandOwnLines(_ summary: AdditionSummary) throws {
    if let strangers = summary.strangers {
      let there = strangers.there.map(Printable.line).joined(separator: ", ")
      throw Failure(
        "\(shownName): nothing was added, since the batch \(batch) has no line of \(strangers.named)"
          + (there.isEmpty ? "" : ": its lines come from \(there)"), .badInput)
    }
    if let other = summary.otherSource {
      throw strangeWords(from: other.file, first: other.first, lines: other.lines)
    }
  }

  /// Sees that the file would change no line of one that stands before it on the command line.
  func demandOwnLines(_ rehearsal: Rehearsal?) throws {
    guard let other = rehearsal?.takeStrange() else { return }
    throw strangeWords(from: other.file, first: other.first, lines: other.lines)
  }

  private func strangeWords(from file: String, first: String, lines: Int) -> Failure {
    let more = lines > 1 ? " and \(Figures.count(lines - 1)) more" : ""
    let isStream = file == Addition.stream
    return Failure(
      "\(shownName): nothing was added, since the batch \(batch) has other words under the id "
        + "\(first)\(more), from \(isStream ? "another stream" : file): name another batch with "
        + "--batch; or, if this is that file, moved or made anew, say --replace-file "
        + (isStream ? "-" : ShellWord.quoted(file)), .badInput)
  }

  /// Sees that no line loses the voice with which it was paid for.
  func demandVoices(_ summary: AdditionSummary) throws {
    guard summary.voiceless > 0 else { return }
    throw Failure(
      "\(shownName): nothing was added, since \(Figures.count(summary.voiceless, "line")) of the batch "
        + "\(batch) would lose the voice and be paid for again: say --voice or --cast as "
        + "before, or --cast auto to have strangers speak", .badInput)
  }
}
