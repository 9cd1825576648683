import CSMCore
import CSMDaemon
import CSMSQLite
import CSMWorkplace

extension Daemon.End {
  /// The exit code documented for `--until-idle`; held jobs take precedence over failed ones.
  var status: ExitStatus {
    switch self {
    case .stopped: .success
    case .idle(_, let held) where held > 0: .undecided
    case .idle(let failed, _): failed > 0 ? .incomplete : .success
    case .gated: .gated
    }
  }

  var reason: String {
    switch self {
    case .stopped: "stopped: the next csmd run continues from here"
    case .idle(0, 0): "every job has ended, 0 failed, 0 held"
    case .idle(let failed, let held):
      "every job has ended, \(failed) failed, \(held) held: csm-enqueue status says why, and what to do next"
    case .gated(let gates, let budgets):
      "the rest waits: "
        + (gates.map { "\($0.name.rawValue) (\($0.reason))" } + budgets.map(\.reason))
        .joined(separator: ", ")
    }
  }
}
