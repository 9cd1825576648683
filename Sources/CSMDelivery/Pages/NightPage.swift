import CSMCore
import CSMPage
import CSMReports
import CSMSQLite

/// The report of a batch as one page with plots and without a script, for light and dark screens.
package struct NightPage {
  /// The beginning of every such page, by which a later run recognises it.
  package static let mark = "<!DOCTYPE html><!-- csm-enqueue report -->"

  private let report: NightReport

  package init(_ report: NightReport) { self.report = report }

  package var text: String {
    """
    \(Self.mark)
    <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>\(HTML.text(report.batch)): the night</title>
    <style>\(Self.style)</style>
    <main>
    <h1>\(HTML.text(report.batch))</h1>
    <dl>\(figures)</dl>
    \(states)
    \(rate)
    \(gates)
    \(oddities)
    \(causes)
    <h2>In words</h2>
    <ul>\(report.sentences.map { "<li>\(HTML.text($0))" }.joined(separator: "\n"))</ul>
    </main>
    """
  }

  private static let style = """
    :root{color-scheme:light dark;--ink:#1d2430;--soft:#5d6778;--line:#d9dee6;--back:#fff;
    --good:#2f7d4f;--bad:#b3372f;--odd:#b07a12;--wait:#8a94a6}
    @media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#9aa4b5;--line:#333b48;--back:#14181f;
    --good:#56b37c;--bad:#e0695f;--odd:#dca93f;--wait:#6b7587}}
    body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
    main{max-width:52rem;margin:2rem auto;padding:0 1rem}
    h1{font-size:1.5rem;margin:0 0 1rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2rem 0 .5rem}
    dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:1rem;margin:0}
    dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
    svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:12px}
    table{border-collapse:collapse;width:100%}td{padding:.3rem .6rem .3rem 0;vertical-align:top;
    border-top:1px solid var(--line);overflow-wrap:anywhere}td:first-child{white-space:nowrap;
    font-variant-numeric:tabular-nums}
    ul{padding-left:1.2rem}li{overflow-wrap:anywhere}.key{color:var(--soft);font-size:.9rem}
    .stored{fill:var(--good)}.failed{fill:var(--bad)}.odd{fill:var(--odd)}.open{fill:var(--wait)}
    i{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin:0 .3em 0 .9em}
    i:first-child{margin-left:0}
    """

  private var figures: String {
    let status = report.status
    let figures: [(String, String?)] = [
      ("spoken", "\(Figures.count(report.spoken)) of \(Figures.count(status.total))"),
      ("audio", Figures.duration(.milliseconds(report.milliseconds))),
      ("as it should be", Figures.count(report.good)),
      ("failed or held", Figures.count(status.count(.failed, .held))),
      ("cancelled", Figures.count(status.count(.cancelled))),
      ("cost", Figures.money(status.standing.cost)),
      ("estimate", Figures.money(report.estimate)),
      ("budget", status.standing.budgets.first.map { Figures.exact($0.limit) }),
      ("took", report.duration.map(Figures.duration)),
      ("gates closed for", report.closings.isEmpty ? nil : Figures.duration(report.gatedLength)),
      ("lines an hour", report.shownPerHour),
      ("other takes", Figures.count(report.night.otherTakes)),
    ]
    return figures.compactMap { name, value in
      value.map { "<div><dt>\(name)</dt><dd>\(HTML.text($0))</dd></div>" }
    }.joined(separator: "\n")
  }

  /// One bar of all lines, divided by how they ended.
  private var states: String {
    let status = report.status
    guard status.total > 0 else { return "" }
    let odd = report.spoken - report.good
    let ended = status.count(.failed, .held, .cancelled)
    let parts = [
      ("stored", "as it should be", report.good), ("odd", "sounds odd", odd),
      ("failed", "failed, held or cancelled", ended),
      ("open", "still open", max(0, status.total - report.spoken - ended)),
    ].filter { $0.2 > 0 }
    var left = 0.0
    let bars = parts.map { name, _, count in
      let width = 1000 * Double(count) / Double(status.total)
      defer { left += width }
      return "<rect class=\"\(name)\" x=\"\(Self.figure(left))\" width=\"\(Self.figure(width))\" "
        + "height=\"28\"/>"
    }
    let colours = ["stored": "good", "odd": "odd", "failed": "bad", "open": "wait"]
    let key = parts.map { name, words, count in
      "<i style=\"background:var(--\(colours[name] ?? "wait"))\"></i>\(Figures.count(count)) \(words)"
    }
    return """
      <h2>Lines</h2>
      <svg viewBox="0 0 1000 28" preserveAspectRatio="none" style="height:28px" role="img">\(bars.joined())</svg>
      <p class="key">\(key.joined())</p>
      """
  }

  /// Lines that ended, over the night.
  private var rate: String {
    let slots = report.night.slots
    guard let first = slots.first?.slot, let last = slots.last?.slot else { return "" }
    // No more bars than can be told apart.
    let grain = max(1, (last - first) / 120 + 1)
    var bars: [Int64: (stored: Int, failed: Int)] = [:]
    for slot in slots {
      let place = (slot.slot - first) / grain
      bars[place, default: (0, 0)].stored += slot.stored
      bars[place, default: (0, 0)].failed += slot.failed
    }
    let count = max(12, Int((last - first) / grain) + 1)
    let most = max(1, bars.values.map { $0.stored + $0.failed }.max() ?? 1)
    let (height, width) = (140.0, 940.0 / Double(count))
    let shapes = bars.sorted { $0.key < $1.key }.map { place, bar in
      let x = 50 + Double(place) * width
      let stored = height * Double(bar.stored) / Double(most)
      let failed = height * Double(bar.failed) / Double(most)
      func rect(_ name: String, _ y: Double, _ size: Double) -> String {
        "<rect class=\"\(name)\" x=\"\(Self.figure(x))\" y=\"\(Self.figure(y))\" "
          + "width=\"\(Self.figure(max(1, width - 1)))\" height=\"\(Self.figure(size))\"/>"
      }
      return rect("stored", 10 + height - stored, stored)
        + (failed > 0 ? rect("failed", 10 + height - stored - failed, failed) : "")
    }
    func time(_ slot: Int64) -> String {
      String(Timestamp(milliseconds: slot * NightReport.slot).local.dropLast(3).suffix(11))
    }
    let minutes = grain * NightReport.slot / 60_000
    return """
      <h2>Lines ended per \(minutes) minutes</h2>
      <svg viewBox="0 0 1000 175" role="img"><text x="44" y="18" text-anchor="end">\(most)</text>
      <text x="44" y="150" text-anchor="end">0</text>\(shapes.joined(separator: "\n"))
      <rect x="50" y="150" width="940" height="1" style="fill:var(--line)"/>
      <text x="50" y="170">\(time(first))</text>
      <text x="990" y="170" text-anchor="end">\(time(first + Int64(count) * grain))</text></svg>
      """
  }

  /// The gates that were closed, and for how long.
  private var gates: String {
    let rows = report.gateTimes.map { gate in
      "<tr><td>\(gate.gate.rawValue)<td>\(gate.shownTimes)<td>\(Figures.duration(gate.length))"
        + "<td>\(HTML.text(gate.reason))"
    }
    return rows.isEmpty ? "" : "<h2>Closed gates</h2><table>\(rows.joined(separator: "\n"))</table>"
  }

  /// The checks that marked audio, the most frequent first.
  private var oddities: String {
    guard let most = report.checks.first?.lines else { return "" }
    let rows = report.checks.enumerated().map { place, check in
      let width = 700 * Double(check.lines) / Double(most)
      return """
        <text x="140" y="\(place * 26 + 18)" text-anchor="end">\(HTML.text(check.name))</text>
        <rect class="odd" x="150" y="\(place * 26 + 5)" height="16" width="\(Self.figure(width))"/>
        <text x="\(Self.figure(158 + width))" y="\(place * 26 + 18)">\(Figures.count(check.lines))</text>
        """
    }
    return """
      <h2>What sounds odd</h2>
      <svg viewBox="0 0 1000 \(report.checks.count * 26 + 4)" role="img">\(rows.joined())</svg>
      """
  }

  /// Why lines failed or are held.
  private var causes: String {
    let rows = report.status.standing.causes.map { cause in
      let lines = cause.first.map(\.line).joined(separator: ", ")
      let more = cause.lines > cause.first.count ? " …" : ""
      return
        "<tr><td>\(Figures.count(cause.lines)) \(cause.state.rawValue)<td>\(HTML.text(cause.kind))"
        + "<td>\(HTML.text(cause.message ?? ""))<td>\(HTML.text(lines + more))"
    }
    return rows.isEmpty
      ? ""
      : "<h2>What failed or is held, and why</h2><table>\(rows.joined(separator: "\n"))</table>"
  }

  private static func figure(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
