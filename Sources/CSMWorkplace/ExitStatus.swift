import CSMFiles
import CSMSQLite

/// A program's exit code, for scripts; from 64 on, as BSD defines them (sysexits.h).
package enum ExitStatus: Int32, Sendable, CaseIterable, Comparable {
  case success = 0
  case incomplete = 1
  case undecided = 2
  case gated = 3
  case usage = 64
  case badInput = 65
  case noInput = 66
  case unavailable = 69
  case cannotCreate = 73
  case inputOutput = 74
  case busy = 75
  case notPermitted = 77
  case configuration = 78
  case timedOut = 124

  /// A more serious status is greater.
  package static func < (one: ExitStatus, other: ExitStatus) -> Bool {
    one.rawValue < other.rawValue
  }

  package var meaning: String {
    switch self {
    case .success: "success"
    case .incomplete: "some lines were rejected or failed, or nothing matched"
    case .undecided: "lines are HELD or UNKNOWN"
    case .gated: "paused, or waiting at a gate or for a budget"
    case .usage: "usage error"
    case .badInput: "bad input"
    case .noInput: "no such file"
    case .unavailable: "a required program is not installed, or fal cannot be reached"
    case .cannotCreate: "cannot create a file"
    case .inputOutput: "I/O error"
    case .busy: "another program holds the lock"
    case .notPermitted: "permission denied"
    case .configuration: "configuration error"
    case .timedOut: "--timeout expired"
    }
  }

  /// All exit codes in one sentence, for the help.
  package static var summary: String {
    "Exit codes: " + allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: "; ") + "."
  }
}

extension TableError {
  package var exitStatus: ExitStatus {
    switch self {
    case .missing: .noInput
    case .foreign, .newer: .configuration
    case .busy: .busy
    case .full, .damaged, .failed: .inputOutput
    case .notPermitted: .notPermitted
    }
  }
}

extension FileError {
  /// - Parameter isInput: whether a person named the file.
  package func exitStatus(isInput: Bool = true) -> ExitStatus {
    if isNotPermitted { return .notPermitted }
    if isReadOnly { return .cannotCreate }
    return isInput && isMissing ? .noInput : .inputOutput
  }
}
