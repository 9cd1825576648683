import CSMReports
import CSMSQLite
import Foundation

/// A playlist in UTF-8, in the order of the batch.
struct PlaylistForm: LineForm {
  let batch: String

  var lists: [any LineList] { [Playlist(batch: batch)] }

  private struct Playlist: LineList {
    let batch: String

    var name: String { PlainName.flat(batch) + ".m3u8" }
    var head: String { "#EXTM3U\n" }

    func entry(of line: ExportedLine) -> String? {
      guard let path = line.path else { return nil }
      let length = line.seconds.map { String(format: "%.3f", $0) } ?? "-1"
      let title = [line.speaker, line.line.text].compactMap(\.self)
        .joined(separator: " - ").oneLine
      // A line that begins with # would be a comment.
      return "#EXTINF:\(length),\(title)\n\(path.hasPrefix("#") ? "./" : "")\(path)\n"
    }
  }
}
