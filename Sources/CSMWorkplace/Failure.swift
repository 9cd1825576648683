import CSMCore
import CSMFiles
import CSMSQLite

/// Why a program cannot do its work: sentences for people, an exit status for scripts.
package struct Failure: Error {
  package let sentences: [String]
  package let status: ExitStatus

  package init(_ sentence: String, _ status: ExitStatus) {
    self.init(all: [sentence], status)
  }

  private init(all sentences: [String], _ status: ExitStatus) {
    self.sentences = sentences
    self.status = status
  }

  /// Converts errors that the modules throw; nil for any other error.
  ///
  /// - Parameter isDaemon: whether no person named the files.
  package init?(_ error: any Error, isDaemon: Bool = false) {
    switch error {
    case let failure as Failure: self = failure
    case let invalid as Settings.InvalidValues:
      self.init(all: invalid.all.map { "setting \($0)" }, .configuration)
    case let line as SettingsFile.BadLine:
      self.init("\(SettingsReader.file): \(line)", .configuration)
    case let missing as KeyFile.Missing: self.init(missing.description, .configuration)
    case let busy as LockBusy:
      self.init("\(busy): \(busy.isForLife ? "another csmd is running here" : "try again")", .busy)
    case let error as TableError: self.init(error.description, error.exitStatus)
    case let ambiguity as Ambiguity: self.init(ambiguity.description, .usage)
    case let denied as AccessDenied: self.init(denied.description, .notPermitted)
    case let error as FileError: self.init("\(error)", error.exitStatus(isInput: !isDaemon))
    default: return nil
    }
  }
}
