import Foundation
import Glibc
import Synchronization
import Testing

/// Watches the system calls of the calling thread with strace(1), and makes some of them fail.
///
/// Only the one thread is traced, so tests can run side by side; what `body` calls must stay on it.
enum SystemCalls {
  /// Whether strace is installed and may attach to this process.
  static let canBeWatched = (try? watch("fsync") {}) != nil

  /// Why tests that need `canBeWatched` are skipped.
  static let why: Comment = "needs strace and the right to attach it to this process"

  private struct NotAttached: Error {}

  /// Runs `body` and returns its calls, one per line as strace prints them, with resolved paths.
  ///
  /// `fault` is an argument of strace's `inject=`, such as `fsync:error=EIO:when=1`. A call that fails because
  /// of it is marked `(INJECTED)`.
  static func watch(
    _ calls: String, injecting fault: String? = nil, _ body: () throws -> Void
  ) throws -> [String] {
    let log = "/tmp/csm-strace.\(UUID().uuidString)"
    defer { unlink(log) }
    var arguments = ["-y", "-o", log, "-e", "trace=\(calls)", "-p", threadID()]
    if let fault { arguments += ["-e", "inject=\(fault)"] }
    // Another thread handles strace, so that this one makes only the calls of `body`.
    let session = Session(arguments)
    Thread.detachNewThread { session.run() }
    session.begun.wait()
    guard session.isAttached.load(ordering: .acquiring) else { throw NotAttached() }
    let result = Result { try body() }
    session.done.signal()
    session.ended.wait()
    try result.get()
    return try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// One run of strace.
  private final class Session: Sendable {
    let begun = DispatchSemaphore(value: 0)
    let done = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    let isAttached = Atomic(false)
    private let arguments: [String]

    init(_ arguments: [String]) {
      self.arguments = arguments
    }

    func run() {
      // Pool threads block signals; strace would inherit that and could not be stopped.
      var none = sigset_t()
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, nil)
      let strace = Process()
      strace.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
      strace.arguments = arguments
      let messages = Pipe()
      strace.standardError = messages
      if (try? strace.run()) != nil {
        let attached = messages.fileHandleForReading.waitFor("attached")
        isAttached.store(attached, ordering: .releasing)
      }
      begun.signal()
      guard isAttached.load(ordering: .acquiring) else { return }
      done.wait()
      strace.interrupt()
      strace.waitUntilExit()
      ended.signal()
    }
  }

  /// The kernel's id of the calling thread.
  private static func threadID() -> String {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    return link.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
  }
}

extension FileHandle {
  /// Reads until a word was received; returns false if the other end closes first.
  fileprivate func waitFor(_ word: String) -> Bool {
    var text = ""
    while !text.contains(word) {
      let data = availableData
      if data.isEmpty { return false }
      text += String(decoding: data, as: UTF8.self)
    }
    return true
  }
}
