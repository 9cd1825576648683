import Foundation
import Testing

@Suite("review")
struct ReviewTests {
  @Test("a page without anything from elsewhere: failed lines first, texts harmless, audio to play")
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
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quoted&quot;"))
    #expect(!html.contains("<script>") && !html.contains("<img") && !html.contains("<i>"))
    #expect(html.contains(#"data-id="night:a&#39;b &lt;i&gt;&quot;""#))
    #expect(!html.contains("http-equiv=refresh") && html.contains("default-src 'none'"))
    let items = html.split(separator: "<li ").dropFirst()
    #expect(items.count == 4)
    let shown = failed.hasPrefix("a") ? "a&#39;b &lt;i&gt;&quot;" : failed
    #expect(try #require(items.first).contains("\(shown)</code>"))
    #expect(try #require(items.first).contains("content_policy_violation"))
    for line in try await stage.lines("--state", "STORED") {
      let digest = try #require(line["digest"] as? String)
      #expect(
        html.contains("data-src=\"../state/objects/\(digest.prefix(2))/\(digest.dropFirst(2))\""))
      #expect(line["check_names"] as? [String] != nil)
      #expect(line["checks"] as? [[String: Any]] != nil)
    }

    // From an export the players have the files under the lines' own names.
    _ = try await stage.enqueue("add", try stage.write("A line.\n", to: "second.txt"))
    #expect(try await stage.night(fal.settings).status == 1)
    #expect(try await stage.enqueue("export", "second", "--to", stage("pages/out")).status == 0)
    _ = try await stage.enqueue(
      "review", "second", "--html", stage("pages/second.html"), "--export", stage("pages/out"))
    #expect(try stage.text(stage("pages/second.html")).contains(#"data-src="out/L1.wav""#))
    #expect(try await stage.enqueue("review", "nothing", "--html", page).status == 1)
    let none = try await stage.enqueue(
      "review", "night", "--html", page, "--export", stage("pages/out"))
    #expect(none.status == 66)
    #expect(
      none.stderr.contains(
        "csm-enqueue export night --to \(stage("pages/out"))"), "\(none.stderr)")
    let empty = try await stage.enqueue("review", "night", "--html", page, "--export", stage.folder)
    #expect(empty.status == 66)
    #expect(empty.stderr.contains("no export of night is in \(stage.folder)"), "\(empty.stderr)")
  }

  @Test("what no export wrote into a manifest gives no audio, and leads nowhere")
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
    #expect(!html.contains(#"data-src="out/L1.wav""#) && html.contains(#"data-src="out/L2.wav""#))
  }

  @Test("a page takes the place of a page, and of nothing else")
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
    "beside a csmd that works, each line is on the page once, and the summary counts just those")
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
      let ids = html.matches(of: /data-id="a:(L\d+)"/).map { String($0.1) }
      #expect(ids.count == count && Set(ids).count == count)
      let shown = html.matches(of: /<span class="state (\w+)">/).map { String($0.1) }
      let counts = Dictionary(grouping: shown, by: \.self).mapValues(\.count)
      let summary = try #require(html.firstMatch(of: /<p class=sum>(.*)<\/p>/)).1.replacing(
        ",", with: "")
      let summed = summary.matches(of: /(\d+) ([A-Z_]+) ·/).map { ("\($0.2)", Int($0.1)) }
      #expect(Dictionary(uniqueKeysWithValues: summed) == counts)
    }
    withExtendedLifetime(daemon) {}
  }
}
