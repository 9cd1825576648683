import CSMCore
import CSMReports
import CSMSQLite

/// The page that `review` writes, row by row.
package struct ReviewPage {
  private let batch: String
  /// What the batch cost so far, with takes that are not on the page.
  private let cost: Money
  private let madeAt: Timestamp
  private let audio: AudioPlaces

  package init(batch: String, cost: Money, madeAt: Timestamp, audio: AudioPlaces) {
    self.batch = batch
    self.cost = cost
    self.madeAt = madeAt
    self.audio = audio
  }

  /// What a line needs, the most urgent first: the order on the page.
  package enum Need: String, CaseIterable {
    /// It has no audio, and gets none by itself.
    case decision
    /// Something about its audio is odd.
    case ear
    case nothing
    /// It has no audio yet.
    case patience

    package init(_ line: LineRow) {
      switch line.state {
      case .failed, .held, .unknown, .cancelled: self = .decision
      case .stored: self = line.marks.isEmpty ? .nothing : .ear
      case .queued, .submitting, .inQueue, .inProgress, .completed: self = .patience
      }
    }
  }

  /// Writes the page's lines of text.
  ///
  /// - Returns: how many lines of the batch are on it.
  package func write(_ table: JobTable, _ row: (String) throws -> Void) throws -> Int {
    let nonce = String(UInt64.random(in: .min ... .max), radix: 36)
    let look = try look(table)
    try row(Self.head(title: HTML.text(batch), nonce: nonce))
    try row("<p class=sum>\(summary(look.states))</p>")
    try row(Self.controls)
    try row("<ol>")
    for need in Need.allCases { try look.items[need]?.each(row) }
    try row("</ol>")
    try row(Self.foot(nonce: nonce))
    return look.states.values.reduce(0, +)
  }

  /// Looks at each line once, for csmd may work meanwhile: a line is at one place of the page, and
  /// counts in its summary as what it is there.
  private func look(
    _ table: JobTable
  ) throws -> (items: [Need: Aside], states: [JobState.Name: Int]) {
    var items: [Need: Aside] = [:]
    for need in Need.allCases { items[need] = try Aside() }
    var states: [JobState.Name: Int] = [:]
    var selection = Selection()
    selection.batch = batch
    try table.lines(selection, in: .added, limit: nil) { line in
      let need = Need(line)
      try items[need]?.append(item(line, need))
      states[line.state, default: 0] += 1
    }
    return (items, states)
  }

  private func summary(_ states: [JobState.Name: Int]) -> String {
    let counts = JobState.Name.allCases.compactMap { name in
      states[name].map { "\(Figures.count($0)) \(name.rawValue)" }
    }
    return HTML.text(
      (counts + ["\(Figures.money(cost))", "made \(madeAt.rfc3339)"]).joined(separator: " · "))
  }

  private func item(_ line: LineRow, _ need: Need) -> String {
    let id = HTML.attribute("\(line.batch):\(line.line)")
    let flags = line.marks.map { "<b class=flag>\($0.check.rawValue)</b>" }.joined(separator: " ")
    let url = audio.url(of: line).map(HTML.attribute)
    let player = url.map { "<button class=play data-src=\"\($0)\" title=\"play\">▶</button>" }
    let why = line.errorClass.map { "\($0): \(line.error ?? "")" }
    let facts = [
      line.durationMilliseconds.map(Figures.seconds(milliseconds:)),
      line.cost.map { "$\($0.dollars)" },
      line.take > 1 ? "take \(line.take)" : nil,
    ]
    return """
      <li class=\(need.rawValue) data-id="\(id)"><label title="mark for another take"><input \
      type=checkbox></label>\(player ?? "<span class=play></span>")<code>\(HTML.text(line.line))</code>\
      <span class="state \(line.state.rawValue)">\(line.state.rawValue)</span><span>\(flags)</span>\
      <span class=facts>\(HTML.text(facts.compactMap(\.self).joined(separator: " · ")))</span>\
      <p dir=auto>\(HTML.text(line.text))</p>\
      \(why.map { "<p class=why>\(HTML.text($0))</p>" } ?? "")</li>
      """
  }
}

/// Text for a page, so that nothing in it is taken for HTML.
package enum HTML {
  /// What stands between tags.
  package static func text(_ text: String) -> String {
    escaped(Printable.line(text))
  }

  /// What stands in double quotes inside of a tag.
  package static func attribute(_ text: String) -> String { escaped(text) }

  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}
