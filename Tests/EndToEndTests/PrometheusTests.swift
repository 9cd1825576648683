import Foundation
import Glibc
import Servers
import Testing

/// The whole way of a metric: csmd's file, the node exporter's textfile collector, Prometheus, a query.
@Suite(
  "Metrics in a real Prometheus",
  .enabled(
    if: Prometheus.isInstalled, "Debian's prometheus and prometheus-node-exporter are missing")
)
struct PrometheusTests {
  @Test("a query returns what csmd published")
  func query() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    try await stage.avoidMidnight()
    let folder = stage("textfile")
    try #require(mkdir(folder, 0o755) == 0)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    let settings = ["CSM_METRICS_FILE": "\(folder)/csm.prom"]
    #expect(try await stage.night(fal.settings.merging(settings) { $1 }).status == 0)

    // Both programs set SO_REUSEADDR.
    let held = (exporter: try HeldPort(), prometheus: try HeldPort())
    let (exporterPort, port) = (held.exporter.number, held.prometheus.number)
    let exporter = try stage.start(
      Prometheus.programs[1],
      [
        "--collector.disable-defaults", "--collector.textfile",
        "--collector.textfile.directory=\(folder)",
        "--web.listen-address=127.0.0.1:\(exporterPort)",
      ])
    let configuration = """
      global: {scrape_interval: 1s}
      scrape_configs:
        - job_name: node
          static_configs: [{targets: ["127.0.0.1:\(exporterPort)"]}]

      """
    let prometheus = try stage.start(
      Prometheus.programs[0],
      [
        "--config.file=\(try stage.write(configuration, to: "prometheus.yml"))",
        "--storage.tsdb.path=\(stage("tsdb"))", "--web.listen-address=127.0.0.1:\(port)",
      ])
    func answer(_ query: String) async throws -> String {
      try await stage.start(
        Prometheus.programs[2], ["query", "instant", "http://127.0.0.1:\(port)", query]
      ).end().stdout
    }
    try await eventually("Prometheus knows of the stored lines") {
      try await answer(#"csm_jobs{state="STORED"}"#).contains("=> 3 @")
    }
    #expect(try await answer("csm_spent_today_usd > 0").contains("=> 0.0"))
    let submits = try await answer(#"sum(csm_fal_calls_total{operation="submit"})"#)
    #expect(submits.contains("=> 3 @"))
    let median = try await answer(
      #"histogram_quantile(0.5, csm_fal_call_duration_seconds_bucket{operation="fetch"})"#)
    #expect(median.contains("=> 0."))
    #expect(try await answer("node_textfile_scrape_error").contains("=> 0 @"))
    withExtendedLifetime((exporter, prometheus, held)) {}
  }
}

/// The programs of Debian's packages.
private enum Prometheus {
  static let programs = ["prometheus", "prometheus-node-exporter", "promtool"].map {
    "/usr/bin/\($0)"
  }
  static let isInstalled = programs.allSatisfy { access($0, X_OK) == 0 }
}
