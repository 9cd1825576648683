import Foundation
import Testing

@Suite("report")
struct ReportTests {
  @Test("tells of cancelled lines, and needs a name for its page")
  func cancelled() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    #expect(try await stage.enqueue("cancel", "a:L1", "a:L3").status == 0)
    _ = try await stage.night(fal.settings)
    let text = try await stage.enqueue("report", "a").stdout
    #expect(text.hasPrefix("a: 1 of 3 lines spoken, 2 cancelled, "), "\(text)")
    #expect(text.contains(/\n(1 line sounds|0 lines sound) fine/), "\(text)")
    for page in ["", "-", "pages/"] {
      let nameless = try await stage.enqueue("report", "a", "--html", page)
      #expect(nameless.status == 64, "\(nameless)")
      #expect(nameless.stderr.contains("such as report.html"), "\(nameless.stderr)")
    }
  }

  @Test("says how long gates were closed during the night, and why")
  func gates() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "submit:429:2#1")
    _ = try await stage.enqueue("pause")
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    // A gate that was closed before the night began does not count.
    _ = try await stage.enqueue("resume")
    #expect(try await stage.night(fal.settings).status == 0)
    let json = try #require(try await stage.enqueue("report", "a", "--json").objects().first)
    let gates = try #require(json["gates_closed"] as? [[String: Any]])
    #expect(gates.map { $0["name"] as? String } == ["rate"])
    #expect(gates.first?["times"] as? Int == 1)
    let closed = try #require(gates.first?["closed_s"] as? Double)
    #expect(closed >= 2 && closed == json["gated_s"] as? Double)
    let text = try await stage.enqueue("report", "a").stdout
    #expect(text.contains(/a gate was closed for \d+ s of that time/), "\(text)")
    #expect(
      text.contains(/the gate "rate" was closed once, for \d+ s in all; last reason: .*429/),
      "\(text)")
    let page = stage("report.html")
    _ = try await stage.enqueue("report", "a", "--html", page)
    let html = try stage.text(page)
    #expect(html.contains(/<h2>Closed gates<\/h2><table><tr><td>rate<td>once<td>\d+ s<td>/))
  }
}
