import CSMCore
import CSMReports
import CSMSQLite

/// A table of all lines, with and without audio, for a spreadsheet.
struct TableForm: LineForm {
  let batch: String

  var lists: [any LineList] { [Table(batch: batch)] }

  private struct Table: LineList {
    let batch: String
    var guarded = 0

    var name: String { PlainName.flat(batch) + ".csv" }

    var head: String {
      "id,file,status,text,sent,speaker,voice,scene,turn,take,takes,checks,duration_s,chars,cost_usd,"
        + "request_id,attempts,error_class,error,source_file,source_line,finished_at\n"
    }

    mutating func entry(of line: ExportedLine) -> String? {
      let row = line.line
      let cells: [String?] = [
        row.line, line.path, row.state.rawValue, row.text, row.sent,
        line.speaker, row.voice, row.scene, row.turn.map(String.init), String(row.take),
        String(row.takes), row.shownChecks?.joined(separator: " "),
        line.seconds.map { "\($0)" }, String(row.characters), row.cost.map { "\($0.decimal)" },
        row.requestID, String(row.attempts), row.errorClass, row.error, row.sourceFile,
        String(row.sourceLine), row.finishedAt?.rfc3339,
      ]
      if cells.contains(where: { CSVCell.isFormula($0 ?? "") }) { guarded += 1 }
      return cells.map { CSVCell.quoted($0 ?? "") }.joined(separator: ",") + "\n"
    }

    var notes: [String] {
      guarded == 0
        ? []
        : [
          "\(name): \(Figures.count(guarded, "line")) with a cell that a spreadsheet would take for a "
            + "formula; it now begins with '"
        ]
    }
  }
}
