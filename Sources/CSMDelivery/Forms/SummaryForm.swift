import CSMCore
import CSMReports
import CSMSQLite
import CSMWorkplace

/// A `summary.json` in the format of Azure's batch synthesis.
struct SummaryForm: LineForm {
  let batch: String

  var lists: [any LineList] { [Summary(batch: batch)] }

  private struct Summary: LineList {
    let batch: String
    let name = "summary.json"
    var isFirst = true

    var head: String {
      let name = (try? JSONText.line(batch)) ?? "\"\""
      return "{\"jobID\":\(name),\"status\":\"Succeeded\",\"results\":[\n"
    }

    var foot: String { "\n]}\n" }

    mutating func entry(of line: ExportedLine) throws -> String? {
      defer { isFirst = false }
      let properties: JSONObject = [
        "sizeInBytes": line.bytes,
        "durationInMilliseconds": line.path == nil ? nil : line.milliseconds,
      ]
      let row: JSONObject = [
        "id": line.line.line, "contents": [line.line.text],
        "status": line.path == nil ? "Failed" : "Succeeded",
        "audioFileName": line.path, "error": line.line.error,
        "properties": properties,
      ]
      return (isFirst ? "" : ",\n") + (try JSONText.line(row))
    }
  }
}
