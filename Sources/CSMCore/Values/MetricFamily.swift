/// A metric and its samples, in Prometheus' text format 0.0.4.
///
/// Not OpenMetrics: the node exporter's textfile collector reads the older format, in which
/// counters end in `_total` everywhere and there is no final `# EOF`.
package struct MetricFamily: Sendable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  package let name: String
  /// One line of plain text.
  package let help: String
  package let kind: Kind
  package let samples: [Sample]

  package struct Sample: Sendable {
    /// Follows the name in the parts of a histogram, such as `_bucket`.
    let suffix: String
    package let labels: [(name: String, value: String)]
    let value: String
  }

  package init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }

  /// Empty without samples.
  package var text: String {
    guard !samples.isEmpty else { return "" }
    let head = "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    return head + samples.map { "\(name)\($0.suffix)\($0.labelText) \($0.value)\n" }.joined()
  }
}

extension MetricFamily.Sample {
  package init(_ value: Int, _ labels: (name: String, value: String)...) {
    self.init(suffix: "", labels: labels, value: String(value))
  }

  package init(_ value: Double, _ labels: (name: String, value: String)...) {
    self.init(suffix: "", labels: labels, value: "\(value)")
  }

  fileprivate var labelText: String {
    guard !labels.isEmpty else { return "" }
    let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
    return "{\(pairs.joined(separator: ","))}"
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { text, character in
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
  }
}

/// A histogram of durations.
package struct Histogram: Sendable {
  /// The upper bounds of the buckets, in seconds.
  static let bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

  private var counts = [Int](repeating: 0, count: bounds.count)
  private var count = 0
  private var sum = 0.0

  package init() {}

  package mutating func observe(_ time: Duration) {
    let seconds = time.seconds
    count += 1
    sum += seconds
    if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { counts[bucket] += 1 }
  }

  /// The samples: cumulative buckets, then sum and count.
  package func samples(_ labels: (name: String, value: String)...) -> [MetricFamily.Sample] {
    var below = 0
    var samples = zip(Self.bounds, counts).map { bound, count in
      below += count
      return MetricFamily.Sample(
        suffix: "_bucket", labels: labels + [("le", "\(bound)")], value: String(below))
    }
    samples += [
      .init(suffix: "_bucket", labels: labels + [("le", "+Inf")], value: String(count)),
      .init(suffix: "_sum", labels: labels, value: "\(sum)"),
      .init(suffix: "_count", labels: labels, value: String(count)),
    ]
    return samples
  }
}
