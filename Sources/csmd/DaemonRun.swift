import CSMCore
import CSMDaemon
import CSMFal
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation
import Logging

/// One run of the daemon: builds everything in the order of dependencies, and runs the loop to its end.
struct DaemonRun {
  private let environment: [String: String]
  private let inbox: Inbox
  private let settings: Settings
  /// Nil if none is shown.
  private let progress: TerminalProgress?
  private let logger: Logger
  private let keyFile: KeyFile
  private let firstKey: Secret
  private let state: StateDirectory
  private let clock = SteadyClock()
  private let log: EventLog
  private let notifier: ServiceNotifier
  private let watchdog: Watchdog
  /// A full disk or a held table delays the start, but does not fail it.
  private let retrying: TransientRetry

  /// Reads the settings and the key.
  init(
    _ environment: [String: String], _ inbox: Inbox, _ logger: Logger,
    _ progress: TerminalProgress?
  ) throws {
    self.environment = environment
    self.inbox = inbox
    settings = try SettingsReader.read(environment: environment)
    // With an explicit log level, show the log and no progress.
    self.progress = settings.logLevel == nil ? progress : nil
    var logger = logger
    logger.logLevel =
      settings.logLevel.map(Logger.Level.init) ?? (self.progress == nil ? .info : .notice)
    self.logger = logger
    keyFile = KeyFile(settings: settings, environment: environment)
    firstKey = try keyFile.read()
    state = StateDirectory(setting: settings.stateDirectory, environment: environment)
    log = EventLog(logger)
    notifier = ServiceNotifier(environment: environment)
    watchdog = Watchdog(environment: environment)
    retrying = TransientRetry(
      inbox: inbox, notifier: notifier, watchdog: watchdog, clock: clock, log: log,
      relieve: DiskReserve(in: state.path).release)
  }

  /// Runs until the loop ends.
  func run(untilIdle: Bool) async throws -> Daemon.End {
    try await ownState()
    let table = try await openTable()
    let store = AudioStore(root: state.path)
    let leftovers = try await retrying { try store.prepare() }
    let transport = CurlTransport(
      caFile: settings.caFile, proxy: environment["https_proxy"] ?? environment["HTTPS_PROXY"],
      pace: watchdog.pace, onRead: watchdog.reads.beat, onWrite: watchdog.writes.beat)
    defer { transport.shutdown() }
    let fal = client(transport)
    let models = Models(fal: fal, settings: settings)
    if case .unfit(let problem) = await models.objection(to: settings.endpoint) {
      throw Failure(problem.message, .configuration)
    }
    let marksPlace = try marksPlace()
    try announce(leftovers)
    let metrics = Metrics()
    let (round, marks) = try await recovered(table, marksPlace, metrics)
    let judging = judging(table, store)
    try await retrying {
      if let judging { try judging.prepare() } else { try table.noteJudging(upTo: nil) }
    }
    let perform = Perform(
      fal: fal, store: store, table: table, marks: marks, clock: clock, models: models,
      audioBytesMax: settings.audioBytesMax, metrics: metrics)
    var daemon = daemon(round, table, perform, metrics, judging)
    let wake = try await listen()
    defer { wake.close() }
    inbox.post(.woken)
    let adviser = adviser(fal)
    defer { adviser.cancel() }
    let judge = Task { await judging?.run() }
    progress?.start()
    let outcome: Result<Daemon.End, any Error>
    do {
      outcome = .success(try await daemon.run(untilIdle: untilIdle))
    } catch {
      outcome = .failure(error)
    }
    // The judge's processes must not outlive csmd.
    judge.cancel()
    await judge.value
    let end = try outcome.get()
    try close(table)
    return end
  }

  /// Prepares the state directory, and locks it for this process.
  private func ownState() async throws {
    if let owner = try state.becomeOwner() {
      logger.notice("runs as \(owner), the owner of \(state.path)")
    }
    try await retrying { try state.prepare() }
    // Held until the process ends, however it ends.
    _ = try ProcessLock(path: state.lock)
  }

  private func openTable() async throws -> JobTable {
    try await retrying {
      try JobTable(
        path: state.database, role: .daemon,
        writeLock: WriteGate(path: state.writeGate, timeout: Self.gatePatience))
    }
  }

  /// How long the loop waits for a held table before it reports that.
  private static let gatePatience: Duration = .seconds(3)

  private func client(_ transport: CurlTransport) -> FalClient {
    FalClient(
      transport: transport, services: .init(settings), clock: FalClock(now: clock.now)
    ) { [keyFile, firstKey] in
      // The key file may change, and then a closed gate opens by itself; a credential cannot.
      (try? keyFile.read()) ?? firstKey
    }
  }

  private func marksPlace() throws -> SentMarksPlace {
    let folders = [environment["RUNTIME_DIRECTORY"], environment["XDG_RUNTIME_DIR"], "/dev/shm"]
    return try SentMarksPlace(of: state.path, in: folders.compactMap(\.self))
  }

  private func announce(_ leftovers: Int) throws {
    let sqlite = try SQLiteVersion.loaded()
    // Whoever sees the progress knows this.
    logger.log(
      level: progress == nil ? .notice : .debug, "csmd runs",
      metadata: [
        "state_dir": "\(state.path)", "queue": "\(settings.queueURL)", "leftovers": "\(leftovers)",
        "sqlite": "\(sqlite)",
      ])
  }

  /// The first round, which has recovered what an earlier run left, and the marks of this run.
  private func recovered(
    _ table: JobTable, _ marksPlace: SentMarksPlace, _ metrics: Metrics
  ) async throws -> (Round, SentMarks?) {
    let dispatcher = Dispatcher(
      rules: settings.rules, limits: settings.limits, seed: .random(in: 0...(.max)))
    return try await retrying {
      // Each try starts from the table, so that nothing is settled twice.
      var round = Round(dispatcher: dispatcher, table: table, log: log, metrics: metrics)
      let marks = try round.recover(marksIn: marksPlace, in: state.path, at: clock.now())
      return (round, marks)
    }
  }

  private func judging(_ table: JobTable, _ store: AudioStore) -> Judging? {
    settings.judgeCommand.map { command in
      Judging(
        command: command, scope: settings.judgeScope, environment: environment, table: table,
        store: store, clock: clock, log: log
      ) { [inbox] in inbox.post(.woken) }
    }
  }

  private func daemon(
    _ round: Round, _ table: JobTable, _ perform: Perform, _ metrics: Metrics, _ judging: Judging?
  ) -> Daemon {
    Daemon(
      round: round, table: table, perform: perform, inbox: inbox, clock: clock,
      notifier: notifier, watchdog: watchdog, log: log, metrics: metrics,
      metricsFile: settings.metricsFile.map(MetricsFile.init(path:)), judging: judging,
      reload: { [environment, logger] in Self.reload(environment, logger) })
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

  /// Listens for other programs that have written into the table, on a thread of its own.
  private func listen() async throws -> WakeSocket {
    let wake = try await retrying {
      try WakeSocket(path: state.wakeSocket, pace: watchdog.pace)
    }
    let listener = Thread { [pulse = watchdog.listener, inbox] in
      wake.listen(onRound: pulse.beat) { inbox.post(.woken) }
    }
    listener.start()
    return wake
  }

  /// Logs what fal says about the model, if that is not what the settings say.
  private func adviser(_ fal: FalClient) -> Task<Void, Never> {
    Task { [settings, log] in
      let model = await fal.model(settings.endpoint)
      for warning in model.warnings(endpoint: settings.endpoint, price: settings.rules.price) {
        log.aboutModel(warning)
      }
    }
  }

  private func close(_ table: JobTable) throws {
    do {
      try table.close()
    } catch let busy as LockBusy {
      log.unclosed(busy)
    }
  }
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
