import Foundation

/// The calls of a program to strike at, and how; see `Tests/CFaults`.
struct Faults: Sendable, CustomStringConvertible {
  /// What happens at the call.
  enum Deed: Sendable, Hashable, CustomStringConvertible {
    /// The program is killed before the call.
    case kill
    /// The call fails with this error.
    case fails(Errno)
    /// The call writes only half of its bytes.
    case halves

    var description: String {
      switch self {
      case .kill: "kill"
      case .fails(let error): error.rawValue
      case .halves: "half a write"
      }
    }
  }

  enum Errno: String, Sendable, CaseIterable {
    case input = "EIO"
    case space = "ENOSPC"
    case interrupted = "EINTR"

    var number: Int32 {
      switch self {
      case .input: EIO
      case .space: ENOSPC
      case .interrupted: EINTR
      }
    }
  }

  /// Calls that change something, with their names in `CFaults`.
  static let changing = [
    "create", "write", "pwrite", "fsync", "fdatasync", "ftruncate", "fchmod", "unlink", "rename",
    "link", "send",
  ]

  var calls = Self.changing
  /// The number of the call to strike at, from 1; 0 for none.
  var at = 0
  /// Whether it also strikes at all calls that follow.
  var isLasting = false
  var deed = Deed.kill

  var description: String {
    let names = calls == Self.changing ? "call" : calls.joined(separator: ",")
    return "\(deed) at \(names) \(at)\(isLasting ? " and from then on" : "")"
  }

  /// The environment that makes the library strike.
  ///
  /// - Parameters:
  ///   - roots: only calls on paths that begin with one of these count.
  ///   - log: the path of the library's log of calls.
  func environment(_ library: String, roots: [String], log: String) -> [String: String] {
    let what =
      switch deed {
      case .kill: "kill"
      case .halves: "short"
      case .fails(let error): "\(error.number)"
      }
    return [
      "LD_PRELOAD": library, "FAULTS_ROOTS": roots.joined(separator: ":"),
      "FAULTS_CALLS": calls.joined(separator: ","), "FAULTS_AT": "\(at)", "FAULTS_DO": what,
      "FAULTS_UNTIL": "\(isLasting ? .max : at)", "FAULTS_LOG": log,
    ]
  }
}

/// One entry of the library's log.
struct SystemCall: Sendable {
  let name: String
  let path: String
  let isStruck: Bool

  /// Reads a log.
  static func read(_ path: String) -> [SystemCall] {
    Programs.text(path).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count >= 3 else { return nil }
      return SystemCall(
        name: String(words[1]), path: String(words[2]), isStruck: words.last == "*")
    }
  }
}
