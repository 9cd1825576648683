import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite

/// A form in which each line has a file of its own; lists beside the files tell of all of them.
protocol LineForm: Sendable {
  /// The path of a line's file.
  ///
  /// - Parameter standard: the path that it has by its template.
  func path(_ standard: String, of line: LineRow) -> String

  /// What the form wants of the audio, unless a person wants something else.
  func adapt(_ treatment: inout Treatment)

  /// The lists, new ones.
  var lists: [any LineList] { get }
}

extension LineForm {
  func path(_ standard: String, of line: LineRow) -> String { standard }
  func adapt(_ treatment: inout Treatment) {}
  var lists: [any LineList] { [] }
}

/// A list beside the files, written line by line in the order of the batch.
protocol LineList {
  /// Its path in the folder.
  var name: String { get }
  /// What it begins and ends with.
  var head: String { get }
  var foot: String { get }

  /// What it says of a line, with the ends of its own lines; nil for nothing.
  mutating func entry(of line: ExportedLine) throws -> String?

  /// What it could not say as it is, a sentence for each kind.
  var notes: [String] { get }
}

extension LineList {
  var head: String { "" }
  var foot: String { "" }
  var notes: [String] { [] }
}

/// A line as an export left it.
struct ExportedLine {
  let line: LineRow
  /// Its place in the batch, from 1.
  let place: Int
  /// Nil where it has none.
  let file: ExportedFile?

  /// The file's path in the folder; nil where there is none.
  var path: String? { file?.name.description }

  /// Its size; nil where there is none.
  var bytes: Int? { file.flatMap { $0.mark?.bytes ?? line.bytes } }

  /// Who speaks; nil where nobody says.
  var speaker: String? { line.speakerName }

  /// The playing time of the file; nil where nobody knows it.
  var milliseconds: Int? { file?.milliseconds ?? line.durationMilliseconds }

  /// The same in seconds, to the millisecond.
  var seconds: Double? { milliseconds.map { Double($0) / 1000 } }
}

/// The form that is nothing but files.
struct FilesForm: LineForm {}
