import Foundation

/// What to strike at in a program; see `Tests/CFaults`.
struct Faults: Sendable, CustomStringConvertible {
  /// What happens at the call.
  enum Deed: Sendable, Hashable, CustomStringConvertible {
    /// The program is dead before the call is made.
    case kill
    /// The call fails so.
    case fails(Errno)
    /// Half of the bytes are written.
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

  /// Calls that change something, by the names of `CFaults`.
  static let changing = [
    "create", "write", "pwrite", "fsync", "fdatasync", "ftruncate", "fchmod", "unlink", "rename",
    "link", "send",
  ]

  var calls = Self.changing
  /// The number of the call to strike at, from 1 on; 0 for none.
  var at = 0
  /// It strikes at all that follow too.
  var isLasting = false
  var deed = Deed.kill

  var description: String {
    let names = calls == Self.changing ? "call" : calls.joined(separator: ",")
    return "\(deed) at \(names) \(at)\(isLasting ? " and from then on" : "")"
  }

  /// The environment that has the library do it.
  ///
  /// - Parameters:
  ///   - roots: what is struck at begins with one of these paths.
  ///   - log: where the calls are written down.
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

/// One line of the library's log.
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
