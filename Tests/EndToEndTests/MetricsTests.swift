import Foundation
import Testing

@Suite("Metrics")
struct MetricsTests {
  /// The value of a sample, by its name and labels.
  private func value(_ sample: String, in text: String) -> Double? {
    text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
      .flatMap { Double($0.dropFirst(sample.count + 1)) }
  }

  @Test("csmd publishes its metrics, and csm-enqueue metrics prints them with those of the table")
  func published() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.avoidMidnight()
    let file = stage("csm.prom")
    let settings = fal.settings.merging(["CSM_METRICS_FILE": file]) { $1 }
    _ = try await stage.enqueue("add", try stage.write(sentences(5), to: "a.txt"))
    #expect(try await stage.night(settings).status == 0)
    let text = try stage.text(file)
    #expect(value(#"csm_jobs{state="STORED"}"#, in: text) == 5)
    #expect(value(#"csm_jobs{state="QUEUED"}"#, in: text) == 0)
    #expect(value(#"csm_gate_closed{gate="paused"}"#, in: text) == 0)
    #expect(value("csm_store_objects", in: text) == 5)
    let lines = try await stage.lines()
    let bytes = lines.compactMap { $0["bytes"] as? Int }.reduce(0, +)
    #expect(value("csm_store_bytes", in: text) == Double(bytes))
    let cost = lines.compactMap { $0["cost_usd"] as? Double }.reduce(0, +)
    #expect(abs(try #require(value("csm_spent_usd", in: text)) - cost) < 1e-9)
    #expect(value("csm_spent_today_usd", in: text) == value("csm_spent_usd", in: text))
    #expect(
      value(#"csm_transitions_total{from="COMPLETED",to="STORED"}"#, in: text) == 5)
    #expect(
      value(#"csm_fal_calls_total{operation="submit",outcome="accepted"}"#, in: text) == 5)
    #expect(value(#"csm_fal_call_duration_seconds_count{operation="fetch"}"#, in: text) == 5)
    #expect(value("csm_in_flight_requests", in: text) == 0)
    #expect(try #require(value("csm_window_requests", in: text)) > 0)
    #expect(try #require(value("csm_wakeups_total", in: text)) > 0)
    #expect(stage.names(stage.folder).filter { $0.contains("csm.prom") } == ["csm.prom"])
    let facts = try FileManager.default.attributesOfItem(atPath: file)
    #expect(facts[.posixPermissions] as? Int == 0o644)

    // Without a daemon, only the metrics of the table.
    let printed = try await stage.enqueue("metrics", settings: ["CSM_METRICS_FILE": file])
    #expect(value("csm_store_objects", in: printed.stdout) == 5)
    #expect(!printed.stdout.contains("csm_wakeups_total"))
    #expect(!printed.stdout.contains("csm_oldest_open_job_timestamp_seconds"))
    try await demandLint(stage, text)
    try await demandLint(stage, printed.stdout)
  }

  @Test("while csmd runs, csm-enqueue metrics prints each metric once, the table's up to date")
  func together() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let settings = fal.settings.merging(["CSM_METRICS_FILE": stage("csm.prom")]) { $1 }
    let daemon = try await stage.daemon(settings)
    try await eventually("it publishes") { stage.names(stage.folder).contains("csm.prom") }
    _ = try await stage.enqueue("pause")
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let printed = try await stage.enqueue(
      "metrics", settings: ["CSM_METRICS_FILE": stage("csm.prom")])
    let text = printed.stdout
    #expect(value(#"csm_jobs{state="QUEUED"}"#, in: text) == 3)
    #expect(value(#"csm_gate_closed{gate="paused"}"#, in: text) == 1)
    #expect(value("csm_wakeups_total", in: text) != nil)
    let age =
      Date().timeIntervalSince1970
      - (try #require(value("csm_oldest_open_job_timestamp_seconds", in: text)))
    #expect((-1...600).contains(age))
    let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
    #expect(Set(names).count == names.count)
    try await demandLint(stage, text)
    withExtendedLifetime(daemon) {}
  }

  @Test("a file that cannot be written is reported once, and the work goes on")
  func unwritable() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let night = try await stage.night(
      fal.settings.merging(["CSM_METRICS_FILE": "\(stage.folder)/nowhere/csm.prom"]) { $1 })
    #expect(night.status == 0)
    #expect(night.stderr.split(separator: "the metrics cannot be written").count == 2)
    let wrong = try await stage.night(["CSM_METRICS_FILE": stage("csm.txt")])
    #expect(wrong.status == 78)
    #expect(wrong.stderr.contains("ends in .prom"))
  }

  static let promtool = "/usr/bin/promtool"
  static let hasPromtool = access(promtool, X_OK) == 0

  /// Checks the text with Prometheus' own linter, and prints a notice if it is not installed.
  private func demandLint(_ stage: Stage, _ text: String) async throws {
    guard Self.hasPromtool else {
      print("NOT CHECKED: promtool is not installed (Debian's package prometheus)")
      return
    }
    let file = try stage.write(text, to: "lint.prom")
    let lint = try await stage.start(Self.promtool, ["check", "metrics"], input: file).end()
    #expect(lint.status == 0, "\(lint.stdout)\(lint.stderr)")
    #expect(lint.stdout + lint.stderr == "")
  }
}
