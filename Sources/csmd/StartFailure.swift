import CSMCore
import CSMDaemon
import CSMFiles
import CSMSQLite

/// The model that is set takes no `scene`.
struct UnfitModel: Error {
  let problem: Problem
}

/// Why the daemon cannot start or go on: sentences for people and the exit code for scripts.
struct StartFailure {
  let sentences: [String]
  let exitCode: Int32

  init(_ error: any Error) {
    switch error {
    case let mistakes as Settings.Mistakes:
      sentences = mistakes.all.map { "setting \($0)" }
      exitCode = 78
    case let line as SettingsFile.BadLine:
      sentences = ["\(SettingsReader.file): \(line)"]
      exitCode = 78
    case let missing as KeyFile.Missing:
      sentences = [missing.description]
      exitCode = 78
    case let unfit as UnfitModel:
      sentences = [unfit.problem.message]
      exitCode = 78
    case let busy as LockBusy:
      sentences = ["\(busy): \(busy.isForLife ? "another csmd works here" : "try again")"]
      exitCode = 75
    case let refusal as Refusal:
      sentences = [refusal.description]
      exitCode = 77
    case let error as TableError:
      sentences = [error.description]
      exitCode = error.exitCode
    case let error as FileError:
      sentences = ["\(error); csmd check looks at all that csmd needs"]
      exitCode = error.isNotPermitted ? 77 : error.isReadOnly ? 73 : 74
    default:
      sentences = ["\(error)"]
      exitCode = 74
    }
  }
}

extension Daemon.End {
  /// As the contract of `--until-idle` says; what is held weighs more than what failed.
  var exitCode: Int32 {
    switch self {
    case .stopped: 0
    case .idle(_, let held) where held > 0: 2
    case .idle(let failed, _): failed > 0 ? 1 : 0
    case .gated: 3
    }
  }

  var reason: String {
    switch self {
    case .stopped: "stopped"
    case .idle(let failed, let held): "every job has ended, \(failed) failed, \(held) held"
    case .gated(let gates, let budgets):
      "the rest waits: "
        + (gates.map { "\($0.name.rawValue) (\($0.reason))" } + budgets.map(\.reason))
        .joined(separator: ", ")
    }
  }
}
