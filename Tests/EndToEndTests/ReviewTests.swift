import Foundation
import Testing

@Suite("review")
struct ReviewTests {
  @Test("the page loads nothing, plays audio, has failed lines first and makes texts harmless")
  func page() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#3")
    let hostile = #"<script>alert(1)</script> & "quoted" 'text' <img src=x onerror=alert(2)>"#
    let object = try JSONSerialization.data(withJSONObject: ["id": "a'b <i>\"", "text": hostile])
    _ = try await stage.enqueue(
      "add",
      try stage.write(
        String(decoding: object, as: UTF8.self) + "\n"
          + (2...4).map { #"{"id": "L\#($0)", "text": "Line \#($0) of it."}"# + "\n" }.joined(),
        to: "night.jsonl"))
    #expect(try await stage.night(fal.settings).status == 1)
    let failed = try #require(try await stage.lines("--state", "FAILED").first?["line"] as? String)

    let page = stage("pages/night.html")
    let review = try await stage.enqueue("review", "night", "--html", page)
    #expect(review.status == 0, "\(review.stderr)")
    let html = try stage.text(page)
    #expect(!html.contains("<script>") && !html.contains("<img") && !html.contains("<i>"))
    #expect(!html.contains("http-equiv=refresh") && html.contains("default-src 'none'"))
    #expect(html.components(separatedBy: "</script>").count == 3)
    let nonce = try #require(html.firstMatch(of: /script-src 'nonce-(\w+)'/)).1
    #expect(
      html.contains("<script nonce=\"\(nonce)\">") && html.contains("<style nonce=\"\(nonce)\">"))
    let (head, rows) = try data(of: html)
    #expect(head["batch"] as? String == "night" && head["price_usd_per_1000_chars"] != nil)
    #expect(rows.count == 4)
    #expect(
      rows.contains { $0["text"] as? String == hostile && $0["line"] as? String == "a'b <i>\"" })
    #expect(rows.first?["line"] as? String == failed)
    #expect(rows.first?["error_class"] as? String == "content_policy_violation")
    for line in try await stage.lines("--state", "STORED") {
      let digest = try #require(line["digest"] as? String)
      let row = try #require(rows.first { $0["line"] as? String == line["line"] as? String })
      #expect(
        row["audio_url"] as? String
          == "../state/objects/\(digest.prefix(2))/\(digest.dropFirst(2))")
      #expect((row["peaks"] as? String)?.count == 120)
      #expect(row["checks"] as? [[String: Any]] != nil)
      #expect(line["check_names"] as? [String] != nil)
      #expect(line["checks"] as? [[String: Any]] != nil)
    }

    // With an export, the players use its files, under the lines' own names.
    _ = try await stage.enqueue("add", try stage.write("A line.\n", to: "second.txt"))
    #expect(try await stage.night(fal.settings).status == 1)
    #expect(try await stage.enqueue("export", "second", "--to", stage("pages/out")).status == 0)
    _ = try await stage.enqueue(
      "review", "second", "--html", stage("pages/second.html"), "--export", stage("pages/out"))
    let second = try data(of: try stage.text(stage("pages/second.html"))).rows
    #expect(second.map { $0["audio_url"] as? String } == ["out/L1.wav"])
    #expect(try await stage.enqueue("review", "nothing", "--html", page).status == 1)
    let none = try await stage.enqueue(
      "review", "night", "--html", page, "--export", stage("pages/out"))
    #expect(none.status == 66)
    #expect(
      none.stderr.contains(
        "csm-enqueue export night --to \(stage("pages/out"))"), "\(none.stderr)")
    let empty = try await stage.enqueue("review", "night", "--html", page, "--export", stage.folder)
    #expect(empty.status == 66)
    #expect(empty.stderr.contains("no export of night in \(stage.folder)"), "\(empty.stderr)")
  }

  @Test("manifest rows that no export wrote give no audio and lead nowhere")
  func foreignRows() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.enqueue("export", "a", "--to", stage("out")).status == 0)
    let digest = String(repeating: "0", count: 64)
    let outside = #""file":"../../key.wav","sha256":"\#(digest)""#
    let rows = [
      #"{"id":"L1","status":"STORED",\#(outside)}"#,
      #"{"id":"L2","file":"else.wav"}"#,
      "no JSON",
    ]
    let manifest = try stage.text(stage("out/manifest.jsonl"))
    try stage.write(manifest + rows.joined(separator: "\n") + "\n", to: "out/manifest.jsonl")
    let page = stage("a.html")
    #expect(
      try await stage.enqueue("review", "a", "--html", page, "--export", stage("out")).status == 0)
    let html = try stage.text(page)
    #expect(!html.contains("key.wav") && !html.contains("else.wav"))
    let shown = try data(of: html).rows
    #expect(shown.map { $0["audio_url"] as? String } == ["out/L1.wav", "out/L2.wav"])
  }

  @Test("a page replaces an earlier page, and nothing else")
  func place() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    func review(_ page: String) async throws -> Output {
      try await stage.enqueue("review", "a", "--html", page)
    }
    try stage.write("", to: "empty.html")
    for page in ["new.html", "empty.html", "new.html"] {
      #expect(try await review(stage(page)).status == 0)
      #expect(try stage.text(stage(page)).hasPrefix("<!doctype html>"))
    }
    let own = "<!doctype html>\n<html lang=en><title>Mine</title>"
    try stage.write(own, to: "own.html")
    #expect(symlink("own.html", stage("link.html")) == 0)
    #expect(mkfifo(stage("pipe.html"), 0o600) == 0)
    let before = stage.names(stage.folder).filter { $0.hasSuffix(".html") }
    for page in ["own.html", "link.html", "pipe.html", "state"] {
      let refused = try await review(stage(page))
      #expect(refused.status == 73, "\(page): \(refused)")
      #expect(refused.stderr.contains(stage(page)) && refused.stderr.contains("--html"))
    }
    #expect(stage.names(stage.folder).filter { $0.hasSuffix(".html") } == before)
    #expect(try stage.text(stage("own.html")) == own)
    for page in ["", "pages/"] {
      let refused = try await review(page)
      #expect(refused.status == 64, "\(refused)")
      #expect(refused.stderr.contains("such as night1.html"), "\(refused.stderr)")
    }
  }

  @Test(
    "while csmd works, each line is on the page once, and the summary counts exactly those")
  func beside() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let count = 1200
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(count), to: "a.txt"), "--cast", "auto")
    let daemon = try await stage.daemon(fal.settings)
    for _ in 1...5 {
      #expect(try await stage.enqueue("review", "a", "--html", stage("a.html")).status == 0)
      let html = try stage.text(stage("a.html"))
      let rows = try data(of: html).rows
      #expect(rows.count == count && Set(rows.map { $0["line"] as? String }).count == count)
      let counts = Dictionary(grouping: rows) { $0["state"] as? String ?? "" }.mapValues(\.count)
      let summary = try #require(html.firstMatch(of: /<p class="sum figure">(.*)<\/p>/)).1
        .replacing(",", with: "")
      let summed = summary.matches(of: /(\d+) ([A-Z_]+) ·/).map { ("\($0.2)", Int($0.1)) }
      #expect(Dictionary(uniqueKeysWithValues: summed) == counts)
    }
    withExtendedLifetime(daemon) {}
  }

  @Test(
    "all takes of a line are on the page; with --export, only those in the export can be played")
  func takes() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    _ = try await stage.enqueue("reroll", "a:L1", "--takes", "2")
    #expect(try await stage.night(fal.settings).status == 0)
    _ = try await stage.enqueue("pick", "a:L1", "--take", "2")
    _ = try await stage.enqueue("accept", "a:L1")
    let page = stage("a.html")
    #expect(try await stage.enqueue("review", "a", "--html", page).status == 0)
    let rows = try data(of: try stage.text(page)).rows
    #expect(rows.map { $0["take"] as? Int } == [2, 1] && rows[0]["accepted"] as? Bool == true)
    let takes = try #require(rows[0]["all_takes"] as? [[String: Any]])
    #expect(takes.map { $0["take"] as? Int } == [1, 2, 3] && rows[1]["all_takes"] is NSNull)
    for take in takes {
      #expect((take["peaks"] as? String)?.count == 120 && take["audio_url"] is String)
    }
    _ = try await stage.enqueue("export", "a", "--to", stage("out"))
    func played() async throws -> (line: String?, takes: [String?]) {
      let review = ["review", "a", "--html", page, "--export", stage("out")]
      #expect(try await stage.start("csm-enqueue", review).end().status == 0)
      let line = try data(of: try stage.text(page)).rows[0]
      let takes = try #require(line["all_takes"] as? [[String: Any]])
      return (line["audio_url"] as? String, takes.map { $0["audio_url"] as? String })
    }
    var found = try await played()
    #expect(found.line == "out/L1.wav" && found.takes == [nil, "out/L1.wav", nil])
    // The export still has the take that was shown then.
    _ = try await stage.enqueue("pick", "a:L1", "--take", "1")
    found = try await played()
    #expect(found.line == nil && found.takes == [nil, "out/L1.wav", nil])
    _ = try await stage.enqueue("export", "a", "--to", stage("out"), "--all-takes")
    found = try await played()
    let files = (1...3).map { "out/L1.take\($0).wav" as String? }
    #expect(found.line == files[0] && found.takes == files)
  }

  @Test("audio that cannot be read has no waveform, and the page and the command say so")
  func unread() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let path = try #require(try await stage.lines("a:L1").first?["path"] as? String)
    try FileManager.default.removeItem(atPath: path)
    let review = try await stage.enqueue("review", "a", "--html", stage("a.html"))
    #expect(review.status == 0)
    #expect(review.stderr.contains("1 recording cannot be read"), "\(review.stderr)")
    let rows = try data(of: try stage.text(stage("a.html"))).rows
    #expect(rows[0]["peaks"] is NSNull && rows[1]["peaks"] is String)
    #expect(rows[0]["no_peaks"] as? String == "no waveform: the file is missing or cannot be read")
  }

  /// The data of a page: its head, and its lines in order.
  private func data(of html: String) throws -> (head: [String: Any], rows: [[String: Any]]) {
    let text = try #require(html.components(separatedBy: "id=data>\n").last)
    let lines = try #require(text.components(separatedBy: "</script>").first)
    let objects = try lines.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    return (try #require(objects.first), Array(objects.dropFirst()))
  }
}
