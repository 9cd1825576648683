import CSMCore
import Glibc

/// A process that holds a lock, according to /proc; only for messages, never for decisions.
package struct LockHolder: Hashable, Sendable, CustomStringConvertible {
  /// The process id.
  package let process: Int32
  /// The program and its subcommand; nil if /proc does not show them.
  private let command: String?
  private let isStopped: Bool

  init(process: Int32) {
    self.process = process
    command = Self.command(of: process)
    isStopped = Self.isStopped(process)
  }

  /// Finds the holder of the `flock(2)` on a file.
  ///
  /// Nil if there is none, or if /proc does not show it: a sandboxed service sees no locks.
  init?(ofLockOn descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, let locks = try? SmallFile.text(at: "/proc/locks") else {
      return nil
    }
    let lines = locks.split(separator: "\n")
    let inode = String(status.st_ino)
    let holder = lines.lazy.compactMap { Self.process(in: $0, holding: inode) }.first
    guard let process = holder else { return nil }
    self.init(process: process)
  }

  /// The processes that hold `fcntl(2)` read locks on any of these bytes of a file.
  static func readers(of path: String, among bytes: ClosedRange<Int>) -> [LockHolder] {
    var status = stat()
    // Not opened, since closing the file would release all locks of this process on it.
    guard stat(path, &status) == 0, let locks = try? SmallFile.text(at: "/proc/locks") else {
      return []
    }
    let inode = String(status.st_ino)
    let processes = locks.split(separator: "\n").compactMap { line -> Int32? in
      let words = line.split(separator: " ")
      guard words.count >= 8, words[1] == "POSIX", words[3] == "READ",
        words[5].hasSuffix(":\(inode)"), let first = Int(words[6]),
        bytes.overlaps(first...max(first, Int(words[7]) ?? .max)), let process = Int32(words[4]),
        process > 0
      else { return nil }
      return process
    }
    return Set(processes).sorted().map(LockHolder.init(process:))
  }

  /// Parses `7: FLOCK  ADVISORY  WRITE 4711 fe:00:131 0 EOF`; the device may differ from that of `stat(2)`.
  private static func process(in line: Substring, holding inode: String) -> Int32? {
    let words = line.split(separator: " ")
    guard words.count >= 6, words[1] == "FLOCK", words[5].hasSuffix(":\(inode)"),
      let process = Int32(words[4]), process > 0
    else { return nil }
    return process
  }

  /// Such as `process 12 (csm-enqueue add), which is stopped (continue it with kill -CONT 12)`.
  package var description: String {
    "process \(process)" + (command.map { " (\($0))" } ?? "")
      + (isStopped ? ", which is stopped (continue it with kill -CONT \(process))" : "")
  }

  /// Only the first two words, since the rest may be a line's text.
  private static func command(of process: Int32) -> String? {
    guard let line = try? SmallFile.text(at: "/proc/\(process)/cmdline"), line != "" else {
      return nil
    }
    let words = line.split(separator: "\0").prefix(2)
    let program = words.first?.split(separator: "/").last ?? ""
    return Printable.line(([program] + words.dropFirst()).joined(separator: " "))
  }

  private static func isStopped(_ process: Int32) -> Bool {
    // The name in parentheses may contain parentheses itself.
    let text = (try? SmallFile.text(at: "/proc/\(process)/stat")) ?? ""
    let state = text.split(separator: ")").last?.split(separator: " ").first
    return state == "T" || state == "t"
  }
}
