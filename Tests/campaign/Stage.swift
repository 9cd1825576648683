import CSMCore
import Foundation
import Simulation

/// The place of one trial: a folder with a state directory, and the programs that run on it.
final class Stage: Sendable {
  let folder: String
  /// The folder for files on a tmpfs.
  let fast: String
  /// A tag that is in the text of every line of this stage, and of no other.
  let tag: String
  let programs: Programs
  let fal: StandIn
  let environment: [String: String]
  private let runs = Count()

  /// Counts upwards.
  private actor Count {
    private var value = 0

    func next() -> Int {
      value += 1
      return value
    }
  }

  /// - Parameters:
  ///   - state: the state directory; by default in the stage's folder.
  ///   - settings: added to the environment.
  init(
    _ name: String, in folder: String, _ programs: Programs, _ fal: StandIn, state: String? = nil,
    settings: [String: String] = [:]
  ) throws {
    self.folder = "\(folder)/\(name)"
    fast = "/dev/shm/csm-campaign-\(UInt64.random(in: 0...(.max)))"
    tag = "(\(name))"
    self.programs = programs
    self.fal = fal
    for path in [self.folder, fast] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    environment = [
      "PATH": "/usr/bin:/bin", "HOME": self.folder, "TZ": "UTC", "LANG": "C.UTF-8",
      "SWIFT_BACKTRACE": "enable=no", "XDG_RUNTIME_DIR": fast,
      "CSM_STATE_DIR": state ?? "\(self.folder)/state", "CSM_GATE_PROBE": "200ms",
      "CSM_REROLLS": "0",
      "CSM_SUBMIT_TIMEOUT": "5s", "CSM_UNKNOWN_GRACE": "5s",
    ].merging(fal.settings) { $1 }.merging(settings) { $1 }
  }

  deinit {
    for path in [folder, fast] { try? FileManager.default.removeItem(atPath: path) }
  }

  var state: String { environment["CSM_STATE_DIR"] ?? "" }

  // MARK: Programs

  /// Runs a program, with faults if there are any.
  ///
  /// - Returns: how it ended, and the calls that it made; none without `faults`.
  func run(
    _ program: String, _ arguments: [String], _ faults: Faults? = nil,
    within limit: Duration = .seconds(300)
  ) async throws -> (ending: Ending, calls: [SystemCall]) {
    let files = "\(folder)/\(await runs.next())-\((program as NSString).lastPathComponent)"
    let log = "\(files).calls"
    let watched = faults?.environment(programs.faults, roots: [state, fast], log: log) ?? [:]
    let ending = try await programs.run(
      program, arguments, environment: environment.merging(watched) { $1 }, within: limit,
      files: files)
    return (ending, faults == nil ? [] : SystemCall.read(log))
  }

  func enqueue(_ arguments: String...) async throws -> Ending {
    try await run("csm-enqueue", arguments).ending
  }

  /// Runs `csmd run --until-idle` to its end.
  func night(within limit: Duration = .seconds(300)) async throws -> Ending {
    try await run("csmd", ["run", "--until-idle"], within: limit).ending
  }

  // MARK: Lines

  /// Writes a file of lines; returns them as `add` will acknowledge them.
  func write(_ batch: String, lines count: Int) throws -> (path: String, lines: [Acknowledged]) {
    let width = "\(count)".count
    let lines = (1...count).map { number in
      let digits = "\(number)"
      let id = "L" + String(repeating: "0", count: width - digits.count) + digits
      return Acknowledged(batch: batch, line: id, text: "\(tag) \(batch) line \(number).")
    }
    let path = "\(folder)/\(batch).txt"
    try lines.map { $0.text + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    return (path, lines)
  }

  // MARK: Checks

  /// Checks the invariants; no program may be running.
  func findings(_ acknowledged: [Acknowledged]) throws -> Invariants.Findings {
    let ledger = try LedgerEntry.read(path: fal.ledger, about: tag)
    let files = try [folder, fast].flatMap { folder in
      try FileManager.default.subpathsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
    }.filter { !$0.hasPrefix(state) && !$0.hasSuffix(".txt") && !$0.hasSuffix(".calls") }
    return try Invariants(
      database: "\(state)/csm.db", storeRoot: state, ledger: ledger, acknowledged: acknowledged,
      key: StandIn.key,
      policy: Invariants.Policy(resubmitsAfter: nil, price: Settings().rules.price),
      otherFiles: files
    ).check()
  }
}
