import Foundation
import Glibc
import Synchronization
import Testing

/// A place for one test: a folder, a state directory in it, and an environment for the built programs.
///
/// When the value goes away, all files are removed and all programs killed.
final class Stage: Sendable {
  /// The folder of the test.
  let folder: String
  let environment: [String: String]
  /// A folder of the test on a tmpfs if possible, for csmd's marks.
  let fast: String
  private let turn: Turn
  private let starts = Mutex(0)

  /// The folder of the built programs: `CSM_TEST_PROGRAMS`, or that of this test's own program.
  static let programs: String = {
    if let folder = ProcessInfo.processInfo.environment["CSM_TEST_PROGRAMS"] { return folder }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent
  }()

  /// - Parameter settings: added to the environment, replacing its values.
  init(_ settings: [String: String] = [:]) async throws {
    turn = await Turn()
    folder = try Self.makeFolder("/tmp")
    fast = (try? Self.makeFolder("/dev/shm")) ?? folder
    environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder, "TZ": "UTC", "LANG": "C.UTF-8",
      "SWIFT_BACKTRACE": "enable=no", "XDG_RUNTIME_DIR": fast,
      "CSM_STATE_DIR": "\(folder)/state", "CSM_GATE_PROBE": "200ms", "CSM_REROLLS": "0",
      // No program listens there: a test that names no stand-in must reach nobody.
      "CSM_QUEUE_URL": "http://127.0.0.1:1", "CSM_REST_URL": "http://127.0.0.1:1",
      "CSM_PLATFORM_URL": "http://127.0.0.1:1", "CSM_CDN_HOSTS": "127.0.0.1:1",
      "FAL_KEY": "localfal:secret",
    ].merging(settings) { $1 }
  }

  deinit {
    for path in [folder, fast] { try? FileManager.default.removeItem(atPath: path) }
  }

  /// A turn that is held as long as the stage exists.
  private final class Turn: Sendable {
    private static let turns = Turns(14)

    init() async { await Self.turns.begin() }

    deinit { Self.turns.end() }
  }

  private static func makeFolder(_ parent: String) throws -> String {
    var template = Array("\(parent)/csm-e2e.XXXXXX".utf8CString)
    return String(cString: try #require(mkdtemp(&template)))
  }

  var state: String { "\(folder)/state" }

  /// The path of a name in the test's folder.
  func callAsFunction(_ name: String) -> String { "\(folder)/\(name)" }

  /// Writes a file into the test's folder, and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Array(text.utf8), to: name)
  }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
    return self(name)
  }

  func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  /// The names in a folder, sorted; none if the folder does not exist.
  func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  // MARK: Programs

  /// Starts one of the programs.
  ///
  /// - Parameters:
  ///   - settings: added to the stage's environment; an empty value removes one.
  ///   - input: the file for its standard input.
  func start(
    _ program: String, _ arguments: [String], _ settings: [String: String] = [:],
    input: String? = nil
  ) throws -> RunningProgram {
    let count = starts.withLock { starts in
      starts += 1
      return starts
    }
    return try RunningProgram(
      program.contains("/") ? program : "\(Self.programs)/\(program)", arguments,
      environment: environment.merging(settings) { $1 }.filter { !$0.value.isEmpty },
      input: input, files: self("\(count)-\((program as NSString).lastPathComponent)"))
  }

  /// Runs `csm-enqueue` to its end.
  func enqueue(
    _ arguments: String..., settings: [String: String] = [:], input: String? = nil
  ) async throws -> Output {
    try await start("csm-enqueue", arguments, settings, input: input).end()
  }

  /// Runs `csmd run --until-idle` to its end.
  func night(_ settings: [String: String] = [:]) async throws -> Output {
    try await start("csmd", ["run", "--until-idle"], settings).end()
  }

  /// Starts `csmd run`, and returns when it is ready.
  func daemon(_ settings: [String: String] = [:]) async throws -> RunningProgram {
    let daemon = try start("csmd", ["run"], settings)
    try await daemon.logs("csmd runs")
    return daemon
  }

  /// The lines of `list --json`, in the order they were added.
  func lines(_ filter: String...) async throws -> [[String: Any]] {
    let output = try await start(
      "csm-enqueue", ["list", "--all", "--sort", "added", "--json"] + filter
    ).end()
    return try output.objects()
  }

  /// How many lines are in each state.
  func states() async throws -> [String: Int] {
    try await lines().reduce(into: [:]) { $0[$1["state"] as? String ?? "?", default: 0] += 1 }
  }

  /// The object that `status --json` prints.
  func status() async throws -> [String: Any] {
    try #require(try await enqueue("status", "--json").objects().first)
  }

  /// The names of the closed gates.
  func gates() async throws -> [String] {
    let gates = try await status()["gates"] as? [[String: Any]]
    return try #require(gates).compactMap { $0["name"] as? String }
  }

  /// Lets midnight (UTC) pass if it is near.
  ///
  /// Then the budget and the figures of the day begin anew, which would change those of the test.
  func avoidMidnight() async throws {
    let day = 86_400.0
    let left = day - Date().timeIntervalSince1970.truncatingRemainder(dividingBy: day)
    if left < 300 { try await Task.sleep(for: .seconds(left + 1)) }
  }

  // MARK: What must always be true

  /// Checks that objects hash to their names, stored lines have objects, and no partial file is left.
  func demandSoundStore() async throws {
    var objects: [String: String] = [:]
    for shard in names("\(state)/objects") {
      for name in names("\(state)/objects/\(shard)") {
        objects["\(state)/objects/\(shard)/\(name)"] = shard + name
      }
    }
    #expect(names("\(state)/tmp") == [])
    #expect(names("\(state)/quarantine") == [])
    if !objects.isEmpty {
      let sums = try await start("/usr/bin/sha256sum", objects.keys.sorted()).end()
      for line in sums.lines {
        #expect(String(line.prefix(64)) == objects[String(line.dropFirst(66))])
      }
      #expect(sums.lines.count == objects.count)
    }
    for line in try await lines("--state", "STORED") {
      let path = try #require(line["path"] as? String)
      #expect(objects[path] == line["digest"] as? String)
      #expect(try bytes(path).count == line["bytes"] as? Int)
    }
  }
}

/// Lines such as `Line 1 of the test.`, each with an end of line.
func sentences(_ count: Int) -> String {
  (1...count).map { "Line \($0) of the test.\n" }.joined()
}
