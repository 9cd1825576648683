import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite

/// Notes with `[sound:…]` for Anki's import, and a folder of media.
///
/// A note keeps its id, so importing again updates existing notes. It is the line's id, whatever take is shown;
/// if all takes are wanted, all but the first have ids of their own.
struct AnkiForm: LineForm {
  let batch: String
  let hasAllTakes: Bool

  /// The path in one flat folder, with the batch in its name: Anki has one media folder for all decks.
  func path(_ standard: String, of line: LineRow) -> String {
    "media/" + PlainName.flat("\(batch)-\(standard)")
  }

  var lists: [any LineList] { [Notes(batch: batch, hasAllTakes: hasAllTakes)] }

  private struct Notes: LineList {
    let batch: String
    let hasAllTakes: Bool

    var name: String { PlainName.flat(batch) + ".anki.txt" }

    var head: String {
      """
      #separator:tab
      #html:true
      #notetype:Basic
      #deck:\(batch.oneLine.replacing(Self.parent, with: ":"))
      #guid column:1
      #tags column:4
      #columns:Guid\tFront\tBack\tTags

      """
    }

    func entry(of line: ExportedLine) -> String? {
      guard let path = line.path else { return nil }
      let take = hasAllTakes && line.line.take > 1 ? "\u{0}\(line.line.take)" : ""
      let id = Digest(of: "\(batch)\u{0}\(line.line.line)\(take)").hex.prefix(20)
      let tags = [batch, line.speaker].compactMap(\.self).map(Self.tag)
      let cells = [
        String(id), Self.html(line.line.text), "[sound:\(path.dropFirst("media/".count))]",
        tags.joined(separator: " "),
      ]
      return cells.joined(separator: "\t") + "\n"
    }

    /// What stands between a deck and the one in it.
    private static var parent: Regex<Substring> { /:{2,}/.matchingSemantics(.unicodeScalar) }

    /// The text as HTML on one line, without tabs and quotes; no cell needs quotes.
    private static func html(_ text: String) -> String {
      text.replacing("\r\n", with: "\n").replacingScalars([
        "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "\n": "<br>",
        // Or `[sound:x.mp3]` would be a sound.
        "[": "&#91;",
      ]).oneLine
    }

    private static func tag(_ word: String) -> String {
      word.oneLine.replacingScalars([" ": "_", "\"": "'"])
    }
  }
}
