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
    case let ambiguity as Ambiguity: self.init(ambiguity.description, exitCode: 64)
    case let refusal as Refusal: self.init(refusal.description, exitCode: 77)
    case let error as FileError:
      self.init("\(error)", exitCode: error.exitCode)
    default: return nil
    }
  }
}

extension FileError {
  fileprivate var exitCode: Int32 {
    if isNotPermitted { return 77 }
    if isReadOnly { return 73 }
    return isMissing ? 66 : 74
  }
}
