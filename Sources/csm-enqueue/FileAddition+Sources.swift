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
    guard let other = summary.otherSource else { return }
    let more = other.lines > 1 ? " and \(Figures.count(other.lines - 1)) more" : ""
    let isStream = other.file == Addition.stream
    throw Failure(
      "\(shownName): nothing was added, since the batch \(batch) has other words under the id "
        + "\(other.first)\(more), from \(isStream ? "another stream" : other.file): name another batch with "
        + "--batch; or, if this is that file, moved or made anew, say --replace-file "
        + (isStream ? "-" : ShellWord.quoted(other.file)), exitCode: 65)
  }
}
