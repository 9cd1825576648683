import CSMCore
import CSMReports
import CSMSQLite

/// One line with all that is known of it.
struct LineView {
  let json: JSONObject

  /// Nil where the batch has no such line.
  init?(_ name: JobTable.LineName, _ table: JobTable) throws {
    var selection = Selection()
    selection.lines = [name]
    var found: LineRow?
    try table.lines(selection, in: .added, limit: 1) { found = $0 }
    guard let line = found else { return nil }
    let takes = line.takes > 1 ? try table.takes(of: line) : [line]
    json = [
      "line": line.json(path: nil), "takes": takes.map { $0.json(path: nil) },
      "history": try table.history(of: line.id).map(\.json),
      "advice": Self.advice(line), "complaint": line.complaint,
    ]
  }

  /// What can be done about a line that does not get on.
  private static func advice(_ line: LineRow) -> String? {
    switch line.state {
    case .failed:
      "change the words, or retry: fal is asked first, and paid only for what it does not have"
    case .held: "retry asks fal once more and then sends again; cancel gives up"
    case .unknown:
      "csmd looks for it in fal's listing; retry (may pay twice) or cancel decides at once"
    case .cancelled: "reroll speaks it after all"
    case .queued, .submitting, .inQueue, .inProgress, .completed, .stored: nil
    }
  }
}
