import CSMCore
import CSMFFmpeg
import CSMSQLite

/// Prompts for a telephone system: 8 kHz mu-law, names that Asterisk accepts, and a list of their words.
struct PhoneForm: LineForm {
  let batch: String

  func path(_ standard: String, of line: LineRow) -> String { PlainName.ofPath(standard) }

  func adapt(_ treatment: inout Treatment) {
    if treatment.conversion == nil { treatment.conversion = Conversion("wav:8000:ulaw") }
  }

  var lists: [any LineList] { [Transcripts(batch: batch)] }

  /// A list like that of Asterisk's own prompts: a name, a colon, the words.
  private struct Transcripts: LineList {
    let batch: String

    var name: String { PlainName.flat(batch) + ".transcripts.txt" }

    func entry(of line: ExportedLine) -> String? {
      guard let path = line.path else { return nil }
      return "\(path.withoutExtension): \(line.line.text.oneLine)\n"
    }
  }
}
