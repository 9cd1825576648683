import ArgumentParser
import CSMDaemon
import CSMWorkplace
import Foundation
import Logging

/// `csmd run`: runs the daemon, and exits with what its end means.
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run until stopped.",
    discussion: """
      On SIGTERM or SIGINT (Ctrl-C), csmd submits nothing new, records the answers to submits that are on \
      their way, and exits. On a second one, it exits at once, which is as safe as a crash. On SIGHUP, it \
      reloads its settings.

      Example:
        csmd run --until-idle && csm-enqueue export night1 --to out
      """)

  @Flag(
    help: """
      Exit when every job has ended: with 0 if all went well, 1 if some failed, 2 if some are held; and \
      with 3 when the rest waits for a person or the clock.
      """)
  var untilIdle = false

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let sink = LogSink(environment: environment)
    let progress = untilIdle ? TerminalProgress() : nil
    LoggingSystem.bootstrap { _ in
      let handler = LineLogHandler(sink: sink)
      return progress.map { AboveProgress(base: handler, progress: $0) } ?? handler
    }
    let logger = Logger(label: "csmd")
    let status: ExitStatus
    do {
      let end = try await night(environment, logger, progress)
      status = end.status
      if progress?.finish(end.reason) != true {
        logger.notice(
          "over", metadata: ["exit_code": "\(status.rawValue)", "end": "\(end.reason)"])
      }
    } catch {
      _ = progress?.finish()
      let failure = Failure(ofDaemon: error)
      for sentence in failure.sentences { logger.error("\(sentence)") }
      status = failure.status
    }
    throw ExitCode(status.rawValue)
  }

  /// Runs the daemon to its end, with signals as items of its inbox.
  private func night(
    _ environment: [String: String], _ logger: Logger, _ progress: TerminalProgress?
  ) async throws -> Daemon.End {
    let inbox = Inbox()
    // First, since by default SIGHUP ends the process.
    let signals = Signals(inbox)
    defer { signals.stop() }
    return try await DaemonRun(environment, inbox, logger, progress).run(untilIdle: untilIdle)
  }
}
