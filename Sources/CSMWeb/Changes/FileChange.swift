import CSMAdding
import CSMCore
import CSMWorkplace

/// Adds a file that the page sent, or reports what adding it would do.
struct FileChange: Sendable {
  let file: SentFile
  var batch: String?
  var voice: String?
  /// Whether lines without a voice are accepted, as with `--cast auto`.
  var isAnybody = false
  var budget: Money?
  var isDryRun = true
  /// Whether a person has answered the question with yes.
  var isAgreed = false

  /// How many remarks about lines are sent.
  private static let notesMax = 200

  func make(in workplace: Workplace) throws -> JSONObject {
    var options = FileAddition.Options()
    options.speaking = Speaking(voices: voice.map { [$0] } ?? [], isCastAutomatic: isAnybody)
    options.batch = try name()
    options.origin = file.name
    options.budget = budget
    options.isDryRun = isDryRun
    options.costMax = workplace.settings.confirmation
    if isDryRun || isAgreed { (options.voicelessMax, options.costMax) = (nil, nil) }
    var notes: [String] = []
    var count = 0
    do {
      let report = try FileAddition(
        of: file.path, options, in: workplace,
        note: { note in
          count += 1
          if notes.count < Self.notesMax { notes.append(note) }
        }
      ).run()
      return [
        "report": report.json, "sentences": report.sentences, "notes": notes, "note_count": count,
      ]
    } catch let consent as NeedsConsent {
      return ["question": consent.question]
    }
  }

  /// The batch's name; by default the file's name without its extension.
  private func name() throws -> String {
    let stem = file.name.lastIndex(of: ".").map { String(file.name[..<$0]) } ?? file.name
    let name = batch ?? String(stem.prefix(100))
    guard !name.isEmpty, name.utf8.count <= 200, Printable.line(name) == name else {
      throw Failure("the batch's name must be 1 to 200 printable bytes", .usage)
    }
    return name
  }
}
