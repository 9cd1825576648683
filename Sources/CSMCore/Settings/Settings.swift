/// Every setting of the programs: its name, its unit, its default, and nothing about where it came from.
///
/// The environment wins over `/etc/csm/csm.conf`, the file over the default; the programs merge these before `init(_:)`, which reports all mistakes at once.
package struct Settings: Sendable {
  /// Where database, store and lock lie; nil for the usual place.
  package var stateDirectory: String?
  /// fal's queue, storage and platform: `https`, or `http` to a loopback address.
  package var queueURL = "https://queue.fal.run"
  package var restURL = "https://rest.fal.ai"
  package var platformURL = "https://api.fal.ai"
  /// Suffixes of hosts that audio may come from, each with a port where it is not the usual one.
  package var cdnHosts = ["fal.media"]
  /// A file of CA certificates; nil for the system's.
  package var caFile: String?
  /// The model.
  package var endpoint = Self.model
  /// Other models that a person knows to take a `scene`, such as private copies of the model.
  package var sceneEndpoints: [String] = []
  package var audioBytesMax = 100_000_000
  /// Where csmd publishes its metrics; nil for nowhere.
  package var metricsFile: String?
  /// How much csmd logs; nil for what fits to where it runs.
  package var logLevel: LogLevel?
  /// A person is asked before more than this is queued.
  package var confirmation = Money(microDollars: 20_000_000)
  /// How many takes csmd may add to a line whose audio is bad.
  package var rerolls = 1
  /// A person's own judge of audio, as a shell takes it; nil for none.
  package var judgeCommand: String?
  package var judgeScope = JudgeScope.all
  package var rules = Rules(price: Price(perThousand: Money(microDollars: 30_000)))
  package var limits = Dispatcher.Limits()

  /// Where the key is read when there is no systemd credential; nil for the environment.
  package var keyFile: String?
  package var key: String?
  package var keyID: String?
  package var keySecret: String?

  /// One value that cannot be used.
  package struct Mistake: Error, Sendable, Equatable, CustomStringConvertible {
    package let name: String
    package let value: String
    package let expected: String

    /// Stands for a value that is or may be a secret.
    static let hidden = "(not shown)"

    package var description: String { "\(name)=\(value): expected \(expected)" }
  }

  /// Mistakes, all that there are.
  package struct Mistakes: Error, Sendable {
    package let all: [Mistake]
  }

  /// The settings' names, as in the environment and in `csm.conf`.
  package enum Name: String, CaseIterable, Sendable {
    case stateDirectory = "CSM_STATE_DIR"
    case key = "FAL_KEY"
    case keyID = "FAL_KEY_ID"
    case keySecret = "FAL_KEY_SECRET"
    case keyFile = "CSM_FAL_KEY_FILE"
    case queueURL = "CSM_QUEUE_URL"
    case restURL = "CSM_REST_URL"
    case platformURL = "CSM_PLATFORM_URL"
    case cdnHosts = "CSM_CDN_HOSTS"
    case caFile = "CSM_CA_FILE"
    case endpoint = "CSM_ENDPOINT"
    case sceneEndpoints = "CSM_SCENE_ENDPOINTS"
    case inFlightMax = "CSM_MAX_IN_FLIGHT"
    case attemptsMax = "CSM_MAX_ATTEMPTS"
    case unknownGrace = "CSM_UNKNOWN_GRACE"
    case unknownPolicy = "CSM_UNKNOWN_POLICY"
    case submitTimeout = "CSM_SUBMIT_TIMEOUT"
    case gateProbe = "CSM_GATE_PROBE"
    case budget = "CSM_BUDGET_USD"
    case balanceFloor = "CSM_BALANCE_FLOOR_USD"
    case hours = "CSM_ACTIVE_HOURS"
    case price = "CSM_PRICE_USD_PER_1000_CHARS"
    case rerolls = "CSM_REROLLS"
    case judgeCommand = "CSM_JUDGE_CMD"
    case judgeScope = "CSM_JUDGE"
    case audioBytesMax = "CSM_MAX_AUDIO_BYTES"
    case metricsFile = "CSM_METRICS_FILE"
    case confirmation = "CSM_CONFIRM_USD"
    case logLevel = "CSM_LOG"

    /// Whether the value must never be shown: it is the key, or may be the key by mistake.
    var isSecret: Bool { [.key, .keyID, .keySecret, .keyFile].contains(self) }
  }

  private static let model = "fal-ai/csm-1b"

  package init() {
    limits.balanceGap = .seconds(300)
  }

  /// Whether the model is known to take a `scene`; fal has to be asked about any other.
  package func takesScene(_ endpoint: String) -> Bool {
    endpoint == Self.model || sceneEndpoints.contains(endpoint)
  }

  /// Reads the settings from names and values; an empty value counts as not given.
  ///
  /// - Parameter file: what stood in `csm.conf`; a name there that does not exist is a mistake.
  /// - Throws: every mistake at once.
  package init(_ values: [String: String], file: [String: String] = [:]) throws(Mistakes) {
    self.init()
    var mistakes: [Mistake] = []
    for name in Name.allCases {
      guard let value = values[name.rawValue], !value.isEmpty else { continue }
      guard let expected = set(name, value) else { continue }
      let shown = name.isSecret ? Mistake.hidden : value
      mistakes.append(Mistake(name: name.rawValue, value: shown, expected: expected))
    }
    mistakes += Self.unknownNames(in: file)
    guard mistakes.isEmpty else { throw Mistakes(all: mistakes) }
  }

  /// Names of ours that do not exist, each with the nearest one that does.
  private static func unknownNames(in values: [String: String]) -> [Mistake] {
    let known = Name.allCases.map(\.rawValue)
    let unknown = values.keys.filter { $0.hasPrefix("CSM_") && !known.contains($0) }
    return unknown.sorted().map { name in
      let nearest = Spelling.nearest(to: name, among: known).map { ", such as \($0)" } ?? ""
      return Mistake(
        name: name, value: Mistake.hidden, expected: "a name that exists" + nearest)
    }
  }

  /// Takes one value over.
  ///
  /// - Returns: what was expected, where the value cannot be used; nil where all is well.
  private mutating func set(_ name: Name, _ value: String) -> String? {
    switch name {
    case .stateDirectory: return store(Self.path(value), in: \.stateDirectory, "an absolute path")
    case .caFile: return store(Self.path(value), in: \.caFile, "an absolute path")
    case .keyFile: return store(Self.path(value), in: \.keyFile, "an absolute path")
    case .metricsFile:
      let file = Self.path(value).flatMap { $0.hasSuffix(".prom") ? $0 : nil }
      return store(file, in: \.metricsFile, "an absolute path that ends in .prom")
    case .key: return store(Self.key(value), in: \.key, Self.keyExpected)
    case .keyID: return store(Self.key(value), in: \.keyID, Self.keyExpected)
    case .keySecret: return store(Self.key(value), in: \.keySecret, Self.keyExpected)
    case .queueURL: return store(ServiceURL.checked(value), in: \.queueURL, ServiceURL.expected)
    case .restURL: return store(ServiceURL.checked(value), in: \.restURL, ServiceURL.expected)
    case .platformURL:
      return store(ServiceURL.checked(value), in: \.platformURL, ServiceURL.expected)
    case .cdnHosts:
      return store(
        ServiceURL.hosts(value), in: \.cdnHosts, "host names with commas between, such as fal.media"
      )
    case .endpoint:
      return store(Self.endpoint(value), in: \.endpoint, "owner/name, such as fal-ai/csm-1b")
    case .sceneEndpoints:
      return store(
        Self.endpoints(value), in: \.sceneEndpoints, "owner/name, with commas between")
    case .inFlightMax:
      return store(
        Self.number(value, 1...10_000), in: \.limits.inFlightMax, "a number from 1 to 10000")
    case .attemptsMax:
      return store(Self.number(value, 1...100), in: \.rules.attemptsMax, "a number from 1 to 100")
    case .unknownGrace:
      return store(Duration(setting: value), in: \.rules.unknownGrace, Self.duration)
    case .unknownPolicy:
      let policies = ["hold": false, "resubmit": true]
      return store(policies[value], in: \.rules.resubmitsUnknown, "hold or resubmit")
    case .submitTimeout:
      let timeout = Duration(setting: value).flatMap { $0 >= .seconds(1) ? $0 : nil }
      return store(timeout, in: \.limits.submitTimeout, "a duration of at least 1s, such as 60s")
    case .gateProbe:
      let gap = Duration(setting: value).flatMap { $0 >= .milliseconds(100) ? $0 : nil }
      return store(gap, in: \.limits.gateProbe, "a duration of at least 100ms, such as 5m")
    case .budget:
      return store(Money(dollars: value), in: \.limits.budget, "dollars, such as 25 or 12.50")
    case .balanceFloor:
      return store(Money(dollars: value), in: \.limits.balanceFloor, "dollars, such as 5 or 2.50")
    case .hours:
      guard value != "always" else { return nil }
      return store(Hours(value), in: \.limits.hours, "local times, such as 22:00-06:00, or always")
    case .price:
      return store(
        Self.price(value), in: \.rules.price, "dollars from 0 to 1000, such as 0.03")
    case .rerolls:
      let range = RerollRule.range
      return store(
        Self.number(value, range), in: \.rerolls,
        "a number from \(range.lowerBound) to \(range.upperBound)")
    case .judgeCommand:
      let command = value.utf8.contains(0) ? nil : value
      return store(command, in: \.judgeCommand, "a command as a shell takes it")
    case .judgeScope: return store(JudgeScope(value), in: \.judgeScope, JudgeScope.expected)
    case .logLevel:
      return store(LogLevel(rawValue: value), in: \.logLevel, "one of \(LogLevel.expected)")
    case .confirmation:
      return store(Money(dollars: value), in: \.confirmation, "dollars, such as 20 or 2.50")
    case .audioBytesMax:
      return store(
        Self.size(value), in: \.audioBytesMax, "a size from 1kB to 4GB, such as 100MB")
    }
  }

  private mutating func store<Value>(
    _ value: Value?, in place: WritableKeyPath<Self, Value>, _ expected: String
  ) -> String? {
    guard let value else { return expected }
    self[keyPath: place] = value
    return nil
  }

  private mutating func store<Value>(
    _ value: Value?, in place: WritableKeyPath<Self, Value?>, _ expected: String
  ) -> String? {
    guard let value else { return expected }
    self[keyPath: place] = value
    return nil
  }
}

extension Settings {
  fileprivate static let duration = "a duration, such as 500ms, 30s, 30m or 2h"

  fileprivate static let keyExpected = "a key as fal shows it, without spaces and line ends"

  /// A key that can stand in a header: visible ASCII only.
  fileprivate static func key(_ value: String) -> String? {
    value.utf8.allSatisfy { (33...126).contains($0) } ? value : nil
  }

  fileprivate static func path(_ value: String) -> String? {
    value.hasPrefix("/") && !value.utf8.contains(0) ? value : nil
  }

  fileprivate static func number(_ value: String, _ range: ClosedRange<Int>) -> Int? {
    Int(value).flatMap { range.contains($0) ? $0 : nil }
  }

  /// A price with which the cost of any table of lines is an amount that can be counted.
  fileprivate static func price(_ value: String) -> Price? {
    let most = Money(microDollars: 1_000_000_000)
    return Money(dollars: value).flatMap { $0 <= most ? Price(perThousand: $0) : nil }
  }

  fileprivate static func endpoint(_ value: String) -> String? {
    isEndpoint(value) ? value : nil
  }

  /// Whether it has the form of a model's name: owner, name and perhaps a path, so that it can stand in the
  /// path of a URL that gets the key.
  package static func isEndpoint(_ value: String) -> Bool {
    let parts = value.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.utf8.allSatisfy { byte in
          (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || [45, 46, 95].contains(byte)
        }
    }
    return (2...6).contains(parts.count) && value.utf8.count <= 256 && isName
  }

  fileprivate static func endpoints(_ value: String) -> [String]? {
    let names = value.split(separator: ",").map { String($0.filter { $0 != " " }) }
    return names.allSatisfy { endpoint($0) != nil } ? names : nil
  }

  /// Reads `64MB`, `100 MB`, `1kB`, `512KiB` or plain bytes.
  fileprivate static func size(_ value: String) -> Int? {
    let units: [(String, Int)] = [
      ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30),
      ("kb", 1000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("b", 1), ("", 1),
    ]
    let text = value.lowercased().filter { $0 != " " }
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
      let number = Int(text.dropLast(unit.count)), (0...4_000_000_000).contains(number)
    else { return nil }
    let bytes = number * factor
    return (1000...4_000_000_000).contains(bytes) ? bytes : nil
  }
}

extension Duration {
  /// Reads `500ms`, `30s`, `30m`, `2h` or `1d`: a whole number and a unit, at most ten years.
  package init?(setting text: some StringProtocol) {
    let units: [(String, Int64)] = [
      ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
      let number = UInt32(digits: text.dropLast(unit.count)),
      Int64(number) * factor <= 3650 * 86_400_000
    else { return nil }
    self = .milliseconds(Int64(number) * factor)
  }
}
