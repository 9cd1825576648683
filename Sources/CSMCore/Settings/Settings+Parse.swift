extension Settings {
  /// Parses settings by name; an empty value counts as missing.
  ///
  /// - Parameter file: the contents of `csm.conf`, in which unknown `CSM_` names are invalid.
  /// - Throws: all invalid settings at once.
  package init(_ values: [String: String], file: [String: String] = [:]) throws(InvalidValues) {
    self.init()
    var invalid: [InvalidValue] = []
    for name in Name.allCases {
      guard let value = values[name.rawValue], !value.isEmpty else { continue }
      guard let expected = set(name, value) else { continue }
      let shown = name.isSecret ? InvalidValue.hidden : value
      invalid.append(InvalidValue(name: name.rawValue, value: shown, expected: expected))
    }
    invalid += Self.unknownNames(in: file)
    guard invalid.isEmpty else { throw InvalidValues(all: invalid) }
  }

  /// Unknown `CSM_` names, each with the nearest known one.
  private static func unknownNames(in values: [String: String]) -> [InvalidValue] {
    let known = Name.allCases.map(\.rawValue)
    let unknown = values.keys.filter { $0.hasPrefix("CSM_") && !known.contains($0) }
    return unknown.sorted().map { name in
      let nearest = Spelling.nearest(to: name, among: known).map { ", such as \($0)" } ?? ""
      return InvalidValue(
        name: name, value: InvalidValue.hidden, expected: "a name that exists" + nearest)
    }
  }

  /// Sets one value.
  ///
  /// - Returns: what was expected if the value is invalid, else nil.
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
        ServiceURL.hosts(value), in: \.cdnHosts, "host names separated by commas, such as fal.media"
      )
    case .endpoint:
      return store(Self.endpoint(value), in: \.endpoint, "owner/name, such as fal-ai/csm-1b")
    case .sceneEndpoints:
      return store(
        Self.endpoints(value), in: \.sceneEndpoints, "owner/name, separated by commas")
    case .inFlightMax:
      return store(
        Self.number(value, 1...10_000), in: \.limits.inFlightMax, "a number from 1 to 10000")
    case .attemptsMax:
      return store(Self.number(value, 1...100), in: \.rules.attemptsMax, "a number from 1 to 100")
    case .unknownGrace:
      let grace = Duration(setting: value).flatMap { $0 >= .seconds(1) ? $0 : nil }
      return store(grace, in: \.rules.unknownGrace, "a duration of at least 1s, such as 30m")
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
      return store(command, in: \.judgeCommand, "a shell command")
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
  private static let keyExpected = "a key as fal shows it, without spaces or line breaks"

  /// A key that is valid in a header: visible ASCII only.
  private static func key(_ value: String) -> String? {
    value.utf8.allSatisfy { (33...126).contains($0) } ? value : nil
  }

  private static func path(_ value: String) -> String? {
    value.hasPrefix("/") && !value.utf8.contains(0) ? value : nil
  }

  private static func number(_ value: String, _ range: ClosedRange<Int>) -> Int? {
    Int(value).flatMap { range.contains($0) ? $0 : nil }
  }

  /// A price low enough that the total cost of any table does not overflow.
  private static func price(_ value: String) -> Price? {
    let most = Money(microDollars: 1_000_000_000)
    return Money(dollars: value).flatMap { $0 <= most ? Price(perThousand: $0) : nil }
  }

  private static func endpoint(_ value: String) -> String? {
    isEndpoint(value) ? value : nil
  }

  /// Whether `value` has the form of a model's name (owner, name and optional path), and so is safe
  /// in the path of a URL that receives the key.
  package static func isEndpoint(_ value: String) -> Bool {
    let parts = value.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        && part.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    }
    return (2...6).contains(parts.count) && value.utf8.count <= 256 && isName
  }

  private static func endpoints(_ value: String) -> [String]? {
    let names = value.split(separator: ",").map { String($0.filter { $0 != " " }) }
    return names.allSatisfy { endpoint($0) != nil } ? names : nil
  }

  /// Parses `64MB`, `100 MB`, `1kB`, `512KiB` or plain bytes.
  private static func size(_ value: String) -> Int? {
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
  /// Parses `500ms`, `30s`, `30m`, `2h` or `1d`: a whole number and a unit, up to ten years.
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
