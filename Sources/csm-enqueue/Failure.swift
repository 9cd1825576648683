import ArgumentParser
import CSMCore
import CSMFiles
import CSMSQLite

/// Why a command cannot do its work: sentences for people, an exit code for scripts.
struct Failure: Error {
  let sentences: [String]
  let exitCode: Int32

  init(_ sentence: String, exitCode: Int32) {
    self.init(all: [sentence], exitCode: exitCode)
  }

  private init(all sentences: [String], exitCode: Int32) {
    self.sentences = sentences
    self.exitCode = exitCode
  }

  /// Sorts what the modules throw; nil for what is the argument parser's to explain.
  init?(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let mistakes as Settings.Mistakes:
      self.init(all: mistakes.all.map { "setting \($0)" }, exitCode: 78)
    case let line as SettingsFile.BadLine:
      self.init("\(SettingsReader.file): \(line)", exitCode: 78)
    case let busy as LockBusy: self.init("\(busy): try again", exitCode: 75)
    case let error as TableError: self.init(error.description, exitCode: error.exitCode)
    case let error as FileError where error.isNotPermitted:
      self.init(
        "\(error): who enqueues must belong to the group that owns the folder (csm)", exitCode: 77)
    case let error as FileError:
      self.init("\(error)", exitCode: error.isReadOnly ? 73 : error.isMissing ? 66 : 74)
    default: return nil
    }
  }
}
