import CSMCore
import CSMDaemon
import CSMFal
import CSMFiles
import CSMSQLite
import Foundation
import Logging

/// One life of the daemon, from its start until it dies or stops.
///
/// It has the real parts, wired as in `csmd run`, on real files.
struct Life {
  var round: Round
  let table: JobTable
  let lock: FaultyLock
  let perform: Perform

  /// The paths of a run.
  struct Place {
    let folder: String

    var database: String { "\(folder)/csm.db" }
    var gate: String { "\(folder)/csm.gate" }
    /// The folder for the sent marks, outside the state directory, like a tmpfs of its own.
    var marks: String { "\(folder).marks" }
  }

  private static let silent = EventLog(
    Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() }))

  /// Starts the daemon.
  ///
  /// - Parameter failure: how the writes of the start fail; nil if they succeed.
  /// - Throws: the error with which the start of `csmd` ends; it may be started again.
  init(
    _ scenario: Scenario, _ place: Place, seed: UInt64, clock: VirtualClock, fal: SimulatedFal,
    key: Secret, failure: FaultyLock.Failure?
  ) throws {
    let lock = FaultyLock(try WriteGate(path: place.gate))
    self.lock = lock
    table = try JobTable(path: place.database, role: .daemon, writeLock: lock)
    let store = AudioStore(root: place.folder)
    try store.prepare()
    round = Round(
      dispatcher: Dispatcher(rules: scenario.rules, limits: scenario.limits, seed: seed),
      table: table, log: Self.silent)
    lock.arm(failure)
    defer { lock.arm(nil) }
    try FileManager.default.createDirectory(
      atPath: place.marks, withIntermediateDirectories: true)
    let marks = try round.recover(
      marksIn: SentMarksPlace(folders: [place.marks], prefix: "csmd", countMax: 8),
      in: place.folder, at: clock.now())
    var settings = Settings()
    settings.queueURL = SimulatedFal.queueURL
    settings.platformURL = SimulatedFal.platformURL
    settings.restURL = SimulatedFal.restURL
    settings.endpoint = SimulatedFal.application
    settings.limits = scenario.limits
    settings.rules = scenario.rules
    let client = FalClient(
      transport: fal, services: .init(settings), clock: FalClock(now: clock.now), key: { key })
    perform = Perform(
      fal: client, store: store, table: table, marks: marks, clock: clock,
      models: Models(fal: client, settings: settings), audioBytesMax: 1 << 20)
  }
}
