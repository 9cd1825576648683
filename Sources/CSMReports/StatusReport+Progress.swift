import CSMCore
import CSMSQLite
import Foundation

// Progress on a single line that is redrawn.

extension StatusReport {
  private var wanted: Int { total - count(.cancelled) }

  /// The share of wanted lines that have their audio; nil if none is wanted.
  private var share: Double? {
    wanted > 0 ? Double(count(.stored)) / Double(wanted) : nil
  }

  /// The main figures, most important first.
  private var parts: [String] {
    guard total > 0 else { return [Self.nothing] }
    var parts = share.map { ["\(Int($0 * 100)) %"] } ?? []
    if wanted > 0 { parts.append("\(Figures.count(count(.stored)))/\(Figures.count(wanted))") }
    if let remaining { parts.append("\(Figures.duration(remaining)) left") }
    for state in [JobState.Name.failed, .held, .unknown, .cancelled] where count(state) > 0 {
      parts.append("\(Figures.count(count(state))) \(state.rawValue)")
    }
    return parts
  }

  /// Secondary figures: money and rate.
  private var money: [String] {
    guard total > 0 else { return [] }
    let rate = perMinute.map { [String(format: "%.1f/min", $0)] } ?? []
    return ["\(Figures.money(standing.cost)) of \(Figures.money(projected))"] + rate
  }

  private var reasons: [String] {
    standing.gates.map { "\($0.name.rawValue): \($0.reason)" }
      + standing.budgets.filter(\.isExhausted).map { "budget: \($0.reason)" }
  }

  /// The full text, for lines of any length.
  package var progress: String {
    Printable.line((parts + money + reasons).joined(separator: "  "))
  }

  /// As many whole parts as fit into `width` columns, after a progress bar.
  package func progress(width: Int) -> String {
    let cells = width >= 120 ? 24 : 10
    let full = Int((share ?? 0) * Double(cells))
    var line =
      "[\(String(repeating: "#", count: full) + String(repeating: "-", count: cells - full))]"
    var isFirst = true
    func add(_ part: String, cutting mayCut: Bool = false) {
      let part = Printable.line(part)
      let gap = isFirst ? 1 : 2
      let room = width - 1 - TextWidth.of(line) - gap
      let fits = TextWidth.of(part) <= room
      guard fits || (mayCut && room >= Self.narrowest) else { return }
      line += String(repeating: " ", count: gap) + TextWidth.cut(part, to: room)
      isFirst = false
    }
    for part in parts { add(part) }
    for reason in reasons { add(reason, cutting: true) }
    for figure in money { add(figure) }
    return line
  }

  /// The least that a cut reason keeps, in columns.
  private static let narrowest = 12
}
