import CSMCore
import CSMSQLite

// The time lost to closed gates.

extension NightReport {
  /// How often and how long a gate was closed during a night.
  package struct GateTime {
    package let gate: Gate.Name
    package private(set) var times = 0
    package private(set) var length: Duration = .zero
    /// Why it was closed the last time.
    package private(set) var reason = ""

    fileprivate mutating func add(_ closing: JobTable.Closing) {
      times += 1
      length += closing.end.since(closing.begin)
      reason = closing.reason
    }
  }

  /// The gates that were closed, longest time first.
  package var gateTimes: [GateTime] {
    var times: [Gate.Name: GateTime] = [:]
    for closing in closings { times[closing.gate, default: .init(gate: closing.gate)].add(closing) }
    return times.values.sorted {
      ($1.length, $0.gate.rawValue) < ($0.length, $1.gate.rawValue)
    }
  }

  /// How long at least one gate was closed.
  package var gatedLength: Duration {
    var length = Duration.zero
    var end = closings.first?.begin
    // Closings are sorted by their beginnings.
    for closing in closings {
      guard let last = end, closing.end > last else { continue }
      length += closing.end.since(max(last, closing.begin))
      end = closing.end
    }
    return length
  }

  var gateSentences: [String] {
    guard !closings.isEmpty else { return [] }
    return ["a gate was closed for \(Figures.duration(gatedLength)) of that time"]
      + gateTimes.map {
        "the gate \"\($0.gate.rawValue)\" was closed \($0.shownTimes), for "
          + "\(Figures.duration($0.length)) in all; last reason: \($0.reason)"
      }
  }
}

extension NightReport.GateTime {
  /// `once`, `3 times`.
  package var shownTimes: String { times == 1 ? "once" : "\(Figures.count(times)) times" }

  var json: JSONObject {
    [
      "name": gate.rawValue, "times": times, "closed_s": length.seconds, "last_reason": reason,
    ]
  }
}
