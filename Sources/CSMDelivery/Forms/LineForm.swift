import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite

/// A form with a file for each line, and lists beside the files.
protocol LineForm: Sendable {
  /// The path of a line's file.
  ///
  /// - Parameter standard: its path by the name template.
  func path(_ standard: String, of line: LineRow) -> String

  /// Sets what the form needs of the audio, unless the person asked for something else.
  func adapt(_ treatment: inout Treatment)

  /// New, empty lists.
  var lists: [any LineList] { get }

  /// The folders in which every file must be in a list, because readers load all of them.
  var wholeFolders: Set<String> { get }
}

extension LineForm {
  func path(_ standard: String, of line: LineRow) -> String { standard }
  func adapt(_ treatment: inout Treatment) {}
  var lists: [any LineList] { [] }
  var wholeFolders: Set<String> { [] }
}

/// A list beside the files, written line by line in the order of the batch.
protocol LineList {
  /// Its path in the folder.
  var name: String { get }
  /// The text at its beginning; `foot` is the text at its end.
  var head: String { get }
  var foot: String { get }

  /// The text for a line of the batch, including line breaks; nil for none.
  mutating func entry(of line: ExportedLine) throws -> String?

  /// What the list could not express unchanged, one sentence for each kind.
  var notes: [String] { get }
}

extension LineList {
  var head: String { "" }
  var foot: String { "" }
  var notes: [String] { [] }
}

/// A line at the end of its export.
struct ExportedLine {
  let line: LineRow
  /// Its place in the batch, from 1.
  let place: Int
  /// Its file; nil if it has none.
  let file: ExportedFile?

  /// The file's path in the folder; nil if there is no file.
  var path: String? { file?.name.description }

  /// The file's size in bytes; nil if there is no file.
  var bytes: Int? { file.flatMap { $0.mark?.bytes ?? line.bytes } }

  /// The speaker; nil if the input file names none.
  var speaker: String? { line.speakerName }

  /// The playing time of the file; nil if unknown.
  var milliseconds: Int? { file?.milliseconds ?? line.durationMilliseconds }

  /// The playing time in seconds, to the millisecond; nil if unknown.
  var seconds: Double? { milliseconds.map { Double($0) / 1000 } }
}

/// The form with files only, and no lists.
struct FilesForm: LineForm {}
