import CSMCore
import CSMSQLite

/// `wavs/` and `metadata.csv`: id, text and spoken text between pipes, without quotes or a header.
///
/// Readers take an id from the name of its file, so there are no folders in `wavs/`.
struct LJSpeechForm: LineForm {
  func path(_ standard: String, of line: LineRow) -> String {
    "wavs/" + PlainName.withoutFolders(standard)
  }

  func adapt(_ treatment: inout Treatment) { treatment.isWAV = true }

  var lists: [any LineList] { [Metadata()] }

  private struct Metadata: LineList {
    let name = "metadata.csv"
    private var changed = 0

    mutating func entry(of line: ExportedLine) -> String? {
      guard let path = line.path else { return nil }
      let id = path.dropFirst("wavs/".count)
      let cells = [line.line.text, line.line.sent].map { cell($0) }
      if cells != [line.line.text, line.line.sent] { changed += 1 }
      return ([String(id).withoutExtension] + cells).joined(separator: "|") + "\n"
    }

    /// The text without pipes and line breaks, which a cell cannot hold.
    private func cell(_ text: String) -> String { text.oneLine.replacingScalars(["|": " "]) }

    var notes: [String] {
      changed == 0
        ? []
        : [
          "metadata.csv: \(Figures.count(changed, "line")) with pipes or line breaks, which are replaced "
            + "by spaces"
        ]
    }
  }
}
