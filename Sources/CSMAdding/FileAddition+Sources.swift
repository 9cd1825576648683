import CSMCore
import CSMInput
import CSMSQLite
import CSMWorkplace

extension FileAddition {
  /// Throws if the file would change lines of another file.
  func requireOwnLines(_ summary: AdditionSummary) throws {
    if let strangers = summary.strangers {
      let there = strangers.there.map(Printable.line).joined(separator: ", ")
      throw Failure(
        "\(shownName): nothing was added, since no line of the batch \(batch) comes from \(strangers.named)"
          + (there.isEmpty ? "" : ": its lines come from \(there)"), .badInput)
    }
    if let other = summary.otherSource {
      throw conflict(with: other.file, first: other.first, lines: other.lines)
    }
  }

  /// Throws if the file would change lines of an earlier file on the command line.
  func requireOwnLines(_ conflicts: DryRunConflicts?) throws {
    guard let other = conflicts?.takeConflict() else { return }
    throw conflict(with: other.file, first: other.first, lines: other.lines)
  }

  private func conflict(with file: String, first: String, lines: Int) -> Failure {
    let more = lines > 1 ? " and \(Figures.count(lines - 1)) more" : ""
    let isStream = file == Addition.stream
    return Failure(
      "\(shownName): nothing was added, since the batch \(batch) has other words under the id "
        + "\(first)\(more), from \(isStream ? "another stream" : file): choose another batch with "
        + "--batch or, if this is a newer version of that file, use --replace-file "
        + (isStream ? "-" : ShellWord.quoted(file)), .badInput)
  }

  /// Throws if a line would lose the voice that it was paid for with.
  func requireVoices(_ summary: AdditionSummary) throws {
    guard summary.voiceless > 0 else { return }
    throw Failure(
      "\(shownName): nothing was added, since \(Figures.count(summary.voiceless, "line")) of the batch "
        + "\(batch) would lose \(summary.voiceless == 1 ? "its" : "their") voice and be paid for again: "
        + "use --voice or --cast as before, or "
        + "--cast auto to have strangers speak", .badInput)
  }
}
