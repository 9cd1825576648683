import ArgumentParser
import CSMCore
import CSMDaemon
import CSMFal
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Dispatch
import Foundation
import Logging

/// `csmd run`: reads the settings, then builds and runs the daemon.
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
      Exit when every job has ended: with 0, 1 when some failed, 2 when some are held, or 3 when the \
      rest waits for a person or the clock.
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

  /// Builds everything in the order of dependencies, and runs the daemon to its end.
  private func night(
    _ environment: [String: String], _ logger: Logger, _ progress: TerminalProgress?
  ) async throws -> Daemon.End {
    let inbox = Inbox()
    // First, since by default SIGHUP ends the process.
    let signals = Signals(inbox)
    defer { signals.stop() }
    let settings = try SettingsReader.read(environment: environment)
    var logger = logger
    // With an explicit log level, show the log and no progress.
    let progress = settings.logLevel == nil ? progress : nil
    logger.logLevel =
      settings.logLevel.map(Logger.Level.init) ?? (progress == nil ? .info : .notice)
    let keyFile = KeyFile(settings: settings, environment: environment)
    let firstKey = try keyFile.read()
    let state = StateDirectory(setting: settings.stateDirectory, environment: environment)
    let clock = SteadyClock()
    let log = TurnLog(logger)
    let notifier = ServiceNotifier(environment: environment)
    // A full disk or a held table delays the start, but does not fail it.
    let watchdog = Watchdog(environment: environment)
    let retrying = TransientRetry(
      inbox: inbox, notifier: notifier, watchdog: watchdog, clock: clock, log: log,
      relieve: DiskReserve(in: state.path).release)
    if let owner = try state.becomeOwner() {
      logger.notice("works as \(owner), to whom \(state.path) belongs")
    }
    try await retrying { try state.prepare() }
    // Held until the process ends, however it ends.
    _ = try ProcessLock(path: state.lock)

    let table = try await retrying {
      try JobTable(
        path: state.database, role: .daemon,
        writeLock: WriteGate(path: state.writeGate, timeout: Self.gatePatience))
    }
    let store = AudioStore(root: state.path)
    let leftovers = try await retrying { try store.prepare() }
    let transport = CurlTransport(
      caFile: settings.caFile, proxy: environment["https_proxy"] ?? environment["HTTPS_PROXY"],
      pace: watchdog.pace, onRead: watchdog.reads.beat, onWrite: watchdog.writes.beat)
    defer { transport.shutdown() }
    let fal = FalClient(
      transport: transport, services: .init(settings), clock: FalClock(now: clock.now)
    ) {
      // The key file may change, and then a closed gate opens by itself; a credential cannot.
      (try? keyFile.read()) ?? firstKey
    }
    let models = Models(fal: fal, settings: settings)
    if case .unfit(let problem) = await models.objection(to: settings.endpoint) {
      throw Failure(problem.message, .configuration)
    }

    let folders = [environment["RUNTIME_DIRECTORY"], environment["XDG_RUNTIME_DIR"], "/dev/shm"]
    let marksPlace = try SentMarksPlace(of: state.path, in: folders.compactMap(\.self))
    let sqlite = try SQLiteVersion.loaded()
    // Whoever sees the progress knows.
    logger.log(
      level: progress == nil ? .notice : .debug, "csmd runs",
      metadata: [
        "state_dir": "\(state.path)", "queue": "\(settings.queueURL)", "leftovers": "\(leftovers)",
        "sqlite": "\(sqlite)",
      ])
    let dispatcher = Dispatcher(
      rules: settings.rules, limits: settings.limits, seed: .random(in: 0...(.max)))
    let metrics = Metrics()
    let (turn, marks) = try await retrying {
      // Each try starts from the table, so that nothing is settled twice.
      var turn = Turn(dispatcher: dispatcher, table: table, log: log, metrics: metrics)
      let marks = try turn.recover(
        marksIn: marksPlace, in: state.path, at: clock.now())
      return (turn, marks)
    }
    let judging = settings.judgeCommand.map { command in
      Judging(
        command: command, scope: settings.judgeScope, environment: environment, table: table,
        store: store, clock: clock, log: log
      ) { inbox.post(.woken) }
    }
    var running = Daemon(
      turn: turn, table: table,
      perform: Perform(
        fal: fal, store: store, table: table, marks: marks, clock: clock, models: models,
        audioBytesMax: settings.audioBytesMax, metrics: metrics),
      inbox: inbox, clock: clock, notifier: notifier, watchdog: watchdog, log: log,
      metrics: metrics, metricsFile: settings.metricsFile.map(MetricsFile.init(path:)),
      judging: judging,
      reload: { [logger] in Self.reload(environment, logger) })
    let wake = try await retrying {
      try WakeSocket(path: state.wakeSocket, pace: watchdog.pace)
    }
    let listener = Thread { [pulse = watchdog.listener] in
      wake.listen(onTurn: pulse.beat) { inbox.post(.woken) }
    }
    listener.start()
    defer { wake.close() }
    inbox.post(.woken)
    let adviser = Task {
      let model = await fal.model(settings.endpoint)
      for warning in model.warnings(endpoint: settings.endpoint, price: settings.rules.price) {
        log.aboutModel(warning)
      }
    }
    defer { adviser.cancel() }
    let judge = Task { await judging?.run() }
    progress?.start()
    let outcome: Result<Daemon.End, any Error>
    do {
      outcome = .success(try await running.run(untilIdle: untilIdle))
    } catch {
      outcome = .failure(error)
    }
    // The judge's processes must not outlive csmd.
    judge.cancel()
    await judge.value
    let end = try outcome.get()
    do {
      try table.close()
    } catch let busy as LockBusy {
      log.unclosed(busy)
    }
    return end
  }

  /// Reloads the settings; nil if they are invalid, which is logged and keeps the old ones.
  private static func reload(
    _ environment: [String: String], _ logger: Logger
  ) -> (Rules, Dispatcher.Limits)? {
    do {
      let settings = try SettingsReader.read(environment: environment)
      logger.notice("settings read again")
      return (settings.rules, settings.limits)
    } catch {
      for sentence in Failure(ofDaemon: error).sentences {
        logger.error("settings stay as they were: \(sentence)")
      }
      return nil
    }
  }

  /// How long the loop waits for a held table before it reports that.
  private static let gatePatience: Duration = .seconds(3)
}

extension Logger.Level {
  fileprivate init(_ level: LogLevel) {
    switch level {
    case .error: self = .error
    case .warning: self = .warning
    case .notice: self = .notice
    case .info: self = .info
    case .debug: self = .debug
    }
  }
}
