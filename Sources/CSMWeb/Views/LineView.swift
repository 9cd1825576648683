import CSMCore
import CSMReports
import CSMSQLite

/// One line with its takes, its history and advice, as JSON.
struct LineView {
  let json: JSONObject

  /// Nil if the batch has no such line.
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

  /// What a person can do about a line that is stuck or has failed; nil if there is nothing to do.
  private static func advice(_ line: LineRow) -> String? {
    switch line.state {
    case .failed:
      "change the words, or retry: it asks fal first, and pays only for what fal does not have"
    case .held: "retry asks fal once more, then sends again; cancel gives up"
    case .unknown:
      "csmd is looking for it in fal's list; retry (may pay twice) or cancel decides after one more look"
    case .cancelled: "reroll speaks it after all"
    case .queued, .submitting, .inQueue, .inProgress, .completed, .stored: nil
    }
  }
}
