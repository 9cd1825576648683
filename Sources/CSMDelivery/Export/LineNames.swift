import CSMCore
import CSMFiles
import CSMSQLite

/// How the files of lines are named in one export.
struct LineNames {
  let template: NameTemplate
  let form: any LineForm
  let treatment: Treatment

  /// What tells of all lines.
  static let manifest = "manifest.jsonl"
  static let missing = "_missing.csv"

  /// The name of a line's file.
  ///
  /// - Parameter place: the line's place in its batch, from 1.
  /// - Throws: `AudioFlaw`, where it can have none.
  func name(of line: LineRow, _ place: Int) throws(AudioFlaw) -> ExportName {
    let ext = treatment.recipe(of: line).ext
    let text = form.path(template.name(of: line, place: place, ext: ext), of: line)
    let fault: String
    do throws(ExportName.InvalidPath) {
      let name = try ExportName(text)
      guard let first = name.components.first, isReserved(first) else { return name }
      fault = "\(first) tells of all lines"
    } catch {
      fault = error.description
    }
    throw AudioFlaw(
      .refused, "it cannot have the file name \(text) (\(fault)): name it otherwise, by --name")
  }

  /// Whether some file system takes the name for that of a list.
  private func isReserved(_ name: String) -> Bool {
    let name = name.lowercased()
    return [Self.manifest, Self.missing, MadeFiles.name].contains(name)
      || form.lists.contains { $0.name.lowercased() == name }
  }
}
