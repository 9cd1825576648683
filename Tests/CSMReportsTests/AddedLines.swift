import CSMAdding
import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import CSMWorkplace
import Foundation
import Testing

/// The lines of a file that was added to a state directory of its own.
struct AddedLines {
  let rows: [LineRow]

  /// - Parameter name: the file's name, which says its format.
  init(_ text: String, named name: String, perTurn isPerTurn: Bool = false) throws {
    var template = Array("/tmp/csm-reports-test.XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let workplace = Workplace(
      settings: Settings(), state: StateDirectory(setting: "\(folder)/state", environment: [:]))
    let file = "\(folder)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: file))
    var options = FileAddition.Options()
    options.origin = name
    var composing = Composer.Options()
    composing.isPerTurn = isPerTurn
    options.speaking = Speaking(isCastAutomatic: true, composing: composing)
    _ = try FileAddition(of: file, options, in: workplace, note: { _ in }).run()
    var rows: [LineRow] = []
    try workplace.reading { table in
      _ = try table.lines(Selection(), in: .added, limit: nil) { rows.append($0) }
    }
    self.rows = rows
  }
}
