import Foundation
import Glibc
import Servers
import Synchronization
import Testing

/// The exit status and output of a program that has ended.
struct Output: Sendable {
  /// The exit code, or the negative number of the signal that ended it.
  let status: Int32
  let stdout: String
  let stderr: String

  /// The lines of standard output, each with the JSON object on it.
  func objects() throws -> [[String: Any]] {
    try stdout.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  var lines: [Substring] { stdout.split(separator: "\n") }
}

/// A running program.
///
/// Its output goes to files, since pipes would have to be drained. It is killed when the value goes away.
final class RunningProgram: Sendable {
  let process: pid_t
  private let name: String
  private let files: String
  /// Whether `end` has seen its end; the process number may be another program's since.
  private let isOver = Atomic(false)

  /// Starts `path`; its output goes to the path `files` with `.out` and `.err` appended.
  init(
    _ path: String, _ arguments: [String], environment: [String: String], input: String?,
    files: String
  ) throws {
    name = (path as NSString).lastPathComponent
    self.files = files
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let created = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "\(files).out", created, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "\(files).err", created, 0o600)
    let words = ([path] + arguments).map { strdup($0) }
    let settings = environment.map { strdup("\($0)=\($1)") }
    defer { for word in words + settings { free(word) } }
    // Threads of a pool block signals, and the program would inherit the mask.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var number: pid_t = 0
    let code = RawServer.inheritance.withLock { _ in
      posix_spawn(&number, path, &actions, &attributes, words + [nil], settings + [nil])
    }
    try #require(code == 0, "\(path): \(String(cString: strerror(code)))")
    process = number
  }

  deinit {
    var status: Int32 = 0
    guard !isOver.load(ordering: .acquiring), waitpid(process, &status, WNOHANG) == 0 else {
      return
    }
    kill(process, SIGKILL)
    waitpid(process, &status, 0)
  }

  /// The standard output so far.
  var stdout: String { Self.text("\(files).out") }
  var stderr: String { Self.text("\(files).err") }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// The peak of its memory, in bytes; nil once it has ended.
  var peakMemory: Int? {
    Self.text("/proc/\(process)/status").firstMatch(of: /VmHWM:\s*(\d+) kB/)
      .flatMap { Int($0.1) }.map { $0 << 10 }
  }

  func send(_ signal: Int32) {
    if !isOver.load(ordering: .acquiring) { kill(process, signal) }
  }

  /// Waits for its end; a program that does not end within `seconds` is killed, and `Late` thrown.
  func end(within seconds: Double = hangGuard) async throws -> Output {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        isOver.store(true, ordering: .releasing)
        let signal = status & 0x7F
        return Output(
          status: signal == 0 ? status >> 8 & 0xFF : -signal, stdout: stdout, stderr: stderr)
      }
      guard ContinuousClock.now < deadline else {
        kill(process, SIGKILL)
        throw Late(what: "\(name) did not end within \(seconds) s:\n\(stderr.suffix(2000))")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Returns when standard error holds `text`.
  func logs(_ text: String, within seconds: Double = hangGuard) async throws {
    try await eventually("\(name) logs \(text)", within: seconds) { self.stderr.contains(text) }
  }
}

/// How many seconds a test waits for what takes moments.
///
/// It only ends tests that hang: a loaded machine is many times slower than an idle one.
let hangGuard = 240.0

/// The error for something that did not happen in time.
struct Late: Error, CustomStringConvertible {
  let what: String
  var description: String { what }
}

/// Checks repeatedly until `condition` holds.
///
/// - Throws: `Late` if it does not hold within `seconds`.
func eventually(
  _ what: String, within seconds: Double = hangGuard, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while true {
    if try await condition() { return }
    guard ContinuousClock.now < deadline else { throw Late(what: "not in \(seconds) s: \(what)") }
    try await Task.sleep(for: .milliseconds(20))
  }
}
