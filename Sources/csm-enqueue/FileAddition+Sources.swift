import CSMCore
import CSMSQLite

extension FileAddition {
  /// Sees that the file changed no line of another one.
  func demandOwnLines(_ summary: AdditionSummary) throws {
    let batch = command.batch ?? defaultBatch
    if let strangers = summary.strangers {
      let there = strangers.there.map(Printable.line).joined(separator: ", ")
      throw Failure(
        "\(shownName): nothing was added, since the batch \(batch) has no line of \(strangers.named)"
          + (there.isEmpty ? "" : ": its lines come from \(there)"), exitCode: 65)
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
    let batch = command.batch ?? defaultBatch
    let more = lines > 1 ? " and \(Figures.count(lines - 1)) more" : ""
    let isStream = file == Addition.stream
    return Failure(
      "\(shownName): nothing was added, since the batch \(batch) has other words under the id "
        + "\(first)\(more), from \(isStream ? "another stream" : file): name another batch with "
        + "--batch; or, if this is that file, moved or made anew, say --replace-file "
        + (isStream ? "-" : ShellWord.quoted(file)), exitCode: 65)
  }
}
