import CSMCore
import CSMFiles
import CSMSQLite

/// The names of lines' files in one export.
struct LineNames {
  let template: NameTemplate
  let form: any LineForm
  let treatment: Treatment

  /// The list that describes every line.
  static let manifest = "manifest.jsonl"
  static let missing = "_missing.csv"

  /// The name of a line's file.
  ///
  /// - Parameter place: the line's place in its batch, from 1.
  /// - Throws: `AudioFlaw` if it can have none.
  func name(of line: LineRow, _ place: Int) throws(AudioFlaw) -> ExportName {
    let ext = treatment.recipe(of: line).ext
    let text = form.path(template.name(of: line, place: place, ext: ext), of: line)
    let fault: String
    do throws(ExportName.InvalidPath) {
      let name = try ExportName(text)
      guard let first = name.components.first, isReserved(first) else { return name }
      fault = "\(first) is the name of a list"
    } catch {
      fault = error.description
    }
    throw AudioFlaw(
      .refused, "it cannot have the file name \(text) (\(fault)): give it another with --name")
  }

  /// Whether a file system may take the name for that of a list.
  private func isReserved(_ name: String) -> Bool {
    let name = name.lowercased()
    return [Self.manifest, Self.missing, MadeFiles.name].contains(name)
      || form.lists.contains { $0.name.lowercased() == name }
  }
}
