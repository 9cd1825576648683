import Foundation
import Testing

@Suite("decide")
struct DecideTests {
  /// Three lines with audio, the first with three takes, and one failed line.
  private func heard() async throws -> (Stage, StandIn, [Row]) {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:content_policy_violation#1")
    _ = try await stage.enqueue(
      "add", try stage.write("Fails.\n", to: "failing.txt"), "--batch", "a")
    _ = try await stage.night(fal.settings)
    _ = try await stage.enqueue(
      "add", try stage.write("Fails.\n" + sentences(3), to: "failing.txt"), "--batch", "a")
    _ = try await stage.night(fal.settings)
    _ = try await stage.enqueue("reroll", "a:L2", "--takes", "2")
    _ = try await stage.night(fal.settings)
    return (stage, fal, try await rows(stage))
  }

  /// A line of a page, and what a person saw of it.
  private struct Row {
    let id: String
    let fields: [String: Any]

    var line: String { fields["line"] as? String ?? "" }

    private var takes: [[String: Any]] { fields["all_takes"] as? [[String: Any]] ?? [fields] }

    /// A decision as the page saves it.
    func decided(_ way: String, take: Int? = nil, text: String? = nil) throws -> String {
      let heard = takes.first { $0["take"] as? Int == take } ?? fields
      let audio = (heard["digest"] as? String).map { String($0.prefix(16)) }
      var decision: [String: Any] = ["id": id, "decision": way]
      decision["take"] = take
      decision["text"] = text
      decision["seen"] = [
        "words": fields["words"] ?? NSNull(), "audio": audio ?? NSNull(),
        "takes": takes.compactMap { $0["take"] as? Int }.max() ?? NSNull(),
      ]
      return String(
        decoding: try JSONSerialization.data(withJSONObject: decision), as: UTF8.self)
    }
  }

  private func rows(_ stage: Stage) async throws -> [Row] {
    #expect(try await stage.enqueue("review", "a", "--html", stage("a.html")).status == 0)
    let html = try stage.text(stage("a.html"))
    let text = try #require(html.components(separatedBy: "id=data>\n").last)
    let lines = try #require(text.components(separatedBy: "</script>").first)
    return try lines.split(separator: "\n").dropFirst().map { line in
      let fields = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return Row(id: "a:\(fields["line"] as? String ?? "")", fields: fields)
    }
    .sorted { $0.line < $1.line }
  }

  private func file(_ stage: Stage, _ decisions: [String]) throws -> String {
    let head = #"{"batch":"a","made_at":"2026-11-29T09:00:00Z","decisions":1}"#
    return try stage.write(([head] + decisions).joined(separator: "\n") + "\n", to: "d.jsonl")
  }

  @Test("each decision is shown with its price, and carried out once")
  func ways() async throws {
    let (stage, fal, rows) = try await heard()
    _ = try await stage.enqueue("add", try stage.write("Waits.\n", to: "b.txt"))
    let decided = try file(
      stage,
      [
        rows[0].decided("retry"), rows[1].decided("pick", take: 2), rows[2].decided("reroll"),
        rows[3].decided("edit", text: "Other words."),
        #"{"batch":"b"}"#, #"{"id":"b:L1","decision":"cancel"}"#,
      ])
    let told = try await stage.enqueue("decide", decided)
    #expect(told.status == 1)
    #expect(
      told.stdout
        == "5 decisions: pick 1, reroll 1, retry 1, edit 1, cancel 1, up to $0.0012\n")
    #expect(told.stderr == "nothing was done: give --yes to do it\n")
    #expect(try await stage.lines("a:L2").first?["take"] as? Int == 3)

    let done = try await stage.enqueue("decide", decided, "--yes")
    #expect(done.status == 0, "\(done)")
    #expect(
      done.stdout.hasSuffix(
        "done: pick 1, reroll 1, retry 1, edit 1, cancel 1, $0.0012\n"), "\(done.stdout)")
    #expect(try await stage.enqueue("decide", decided, "--yes").status == 0)
    let picked = try #require(try await stage.lines("a:L2").first)
    #expect(picked["take"] as? Int == 2 && picked["pinned"] as? Bool == true)
    #expect(picked["accepted"] as? Bool == true)
    #expect(try await stage.lines("b:L1").first?["state"] as? String == "CANCELLED")
    #expect(try await stage.lines("a:L4").first?["text"] as? String == "Other words.")

    #expect(try await stage.night(fal.settings).status == 0)
    let accepted = try fal.accepted().count
    let again = try await stage.enqueue("decide", "-", "--yes", input: decided)
    #expect(again.status == 0)
    #expect(again.stdout == "5 decisions: nothing to do; 5 already done\n")
    _ = try await stage.night(fal.settings)
    #expect(try fal.accepted().count == accepted)
  }

  @Test("accept removes the marks, and asks nobody twice")
  func accept() async throws {
    let (stage, _, rows) = try await heard()
    let decided = try file(stage, [rows[1].decided("accept"), rows[2].decided("accept")])
    #expect(
      try await stage.enqueue("decide", decided, "--yes").stdout
        == "2 decisions: accept 2\ndone: accept 2\n")
    for id in ["a:L2", "a:L3"] {
      #expect(try await stage.lines(id).first?["accepted"] as? Bool == true)
    }
    let again = try await stage.enqueue("decide", decided, "--yes")
    #expect(again.stdout == "2 decisions: nothing to do; 2 already done\n" && again.status == 0)
  }

  @Test("lines that changed since the page was made, or are gone, are named and left alone")
  func changed() async throws {
    let (stage, fal, rows) = try await heard()
    let decided = try file(
      stage,
      [
        rows[1].decided("accept"), rows[2].decided("reroll"),
        rows[3].decided("edit", text: "Other words."), #"{"id":"a:L9","decision":"accept"}"#,
        rows[0].decided("retry"),
      ])
    _ = try await stage.enqueue("pick", "a:L2", "--take", "1")
    _ = try await stage.enqueue("edit", "a:L3", "--text", "Changed meanwhile.")
    _ = try await stage.enqueue("edit", "a:L4", "--text", "Changed, too.")
    _ = try await stage.enqueue("retry", "a:L1")
    let before = try await stage.lines().map { $0["id"] as? Int }
    let done = try await stage.enqueue("decide", decided, "--yes")
    #expect(done.status == 1)
    #expect(done.stdout == "5 decisions: nothing to do; 1 already done; 4 left alone\n")
    #expect(
      done.stderr == """
        left alone (has another take now): a:L2
        left alone (has other words now): a:L3, a:L4
        left alone (is gone): a:L9
        already done (is IN_QUEUE now): a:L1

        """)
    #expect(try await stage.lines().map { $0["id"] as? Int } == before)
    let objects = try await stage.enqueue("decide", decided, "--json").objects()
    #expect(objects.map { $0["outcome"] as? String } == ["left", "left", "left", "left", "done"])
    _ = try await stage.night(fal.settings)
  }

  @Test("a file with bad lines is refused with their numbers and reasons, and nothing is done")
  func hostile() async throws {
    let (stage, _, rows) = try await heard()
    let good = try rows[1].decided("pick", take: 1)
    let long = String(repeating: "x", count: 1 << 20)
    let bad: [(line: String, reason: String)] = [
      ("no JSON", "it is not a JSON object"),
      ("[1, 2]", "it is not a JSON object"),
      (String(repeating: "[", count: 100_000), "it is not a JSON object"),
      ("\u{0}", "it is not a JSON object"),
      (#"{"id":"a:L1"}"#, "neither a decision"),
      (
        #"{"id":"a:L1","decision":"explode"}"#,
        "explode is not a decision: it must be one of accept, pick"
      ),
      (#"{"id":"a:L1","decision":7}"#, "decision must be text in quotes"),
      (#"{"id":7,"decision":"accept"}"#, "id must be text in quotes"),
      (#"{"decision":"accept"}"#, "it has no id, such as a:L0001"),
      (
        #"{"id":"b:L1","decision":"accept"}"#,
        "b:L1 is not a line of a, the batch that the head names"
      ),
      (#"{"id":"a:","decision":"accept"}"#, "a: is not a line of a"),
      (#"{"id":"a:L1","decision":"pick"}"#, "pick needs a take, from 1 to 1000"),
      (#"{"id":"a:L1","decision":"pick","take":0}"#, "pick needs a take"),
      (#"{"id":"a:L1","decision":"pick","take":1.5}"#, "take must be a whole number"),
      (#"{"id":"a:L1","decision":"pick","take":1e300}"#, "take must be a whole number"),
      (#"{"id":"a:L1","decision":"edit"}"#, "edit needs a text"),
      (#"{"batch":"a","made_at":"today"}"#, "made_at must be a time such as"),
      (#"{"id":"a:L1","decision":"edit","text":" … "}"#, "text: there is no letter or digit"),
      (#"{"id":"a:L1","decision":"accept","seen":[]}"#, "seen must be an object"),
      (#"{"id":"a:L1","decision":"accept","seen":{"words":1}}"#, "words must be text in quotes"),
      (good, "line 2 already has a decision for this id"),
      (#"{"id":"a:L1","decision":"edit","text":""# + long + #""}"#, "it is longer than"),
    ]
    for (line, reason) in bad {
      let output = try await stage.enqueue("decide", try file(stage, [good, line]), "--yes")
      #expect(output.status == 65, "\(line.prefix(60)): \(output)")
      #expect(output.stderr.contains("d.jsonl:3: "), "\(output.stderr)")
      #expect(output.stderr.contains(reason), "\(line.prefix(60)): \(output.stderr)")
      #expect(output.stderr.hasSuffix("nothing was done\n") && output.stdout == "")
    }
    #expect(try await stage.lines("a:L2").first?["take"] as? Int == 3)
    let headless = try await stage.enqueue("decide", "-", input: try stage.write(good, to: "x"))
    #expect(headless.status == 65 && headless.stderr.contains("no head comes before it"))
    let empty = try await stage.enqueue("decide", try stage.write("\n", to: "x"))
    #expect(empty.status == 65 && empty.stderr.contains("the file is empty"))
    #expect(try await stage.enqueue("decide", stage("nothing.jsonl")).status == 66)
    #expect(try await stage.enqueue("decide", stage.folder).status == 74)
  }

  @Test("equal lines of another batch that are cancelled too are reported")
  func elsewhere() async throws {
    let stage = try await Stage()
    for name in ["a", "b"] {
      _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "\(name).txt"))
    }
    let decided = try file(stage, [#"{"id":"a:L1","decision":"cancel"}"#])
    let done = try await stage.enqueue("decide", decided, "--yes")
    #expect(done.status == 0 && done.stdout.hasSuffix("done: cancel 1\n"), "\(done)")
    #expect(done.stderr.contains("csm-enqueue reroll b:L1 speaks it after all"), "\(done.stderr)")
  }

  @Test("an edit is priced as it will be sent, and the takes that csmd may add are told")
  func edited() async throws {
    let stage = try await Stage(["CSM_REROLLS": "1"])
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    // Sent with three dots for each of its ellipses and a full stop: 36 characters.
    let words = "Wait… what… no… never… ever"
    let decided = try file(stage, [#"{"id":"a:L1","decision":"edit","text":"\#(words)"}"#])
    let more = "if audio is bad: at most 1 more take per line, $0.0011 at most\n"
    #expect(
      try await stage.enqueue("decide", decided, "--yes").stdout
        == "1 decision: edit 1, up to $0.0011\n\(more)done: edit 1, $0.0011\n")
    let edited = try await stage.enqueue("edit", "a:L1", "--text", "\(words) again")
    #expect(edited.stdout.hasSuffix(more.replacing("0.0011", with: "0.0013")), "\(edited.stdout)")
  }

  @Test("a reroll without the number of the newest take is carried out once, by the page's time")
  func madeAt() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "a.txt"))
    _ = try await stage.enqueue("cancel", "--all")
    let made = try #require(try await stage.lines().first?["created_at"] as? String)
    let reroll = #"{"id":"a:L1","decision":"reroll"}"#
    let decided = try stage.write(
      #"{"batch":"a","made_at":"\#(made)"}"# + "\n" + reroll, to: "d.jsonl")
    #expect(
      try await stage.enqueue("decide", decided, "--yes").stdout.hasSuffix(
        "done: reroll 1, $0.00057\n"))
    _ = try await stage.enqueue("cancel", "--all")
    #expect(
      try await stage.enqueue("decide", decided, "--yes").stdout
        == "1 decision: nothing to do; 1 already done\n")
    let timeless = try stage.write(#"{"batch":"a"}"# + "\n" + reroll, to: "t.jsonl")
    let refused = try await stage.enqueue("decide", timeless, "--yes")
    #expect(refused.status == 65 && refused.stderr.contains("t.jsonl:2: reroll needs made_at"))
    #expect(try await stage.lines().map { $0["take"] as? Int } == [2])
  }

  @Test("equal lines of two batches share their new take, and it is paid once")
  func shared() async throws {
    let stage = try await Stage()
    for name in ["a", "b"] {
      _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "\(name).txt"))
    }
    _ = try await stage.enqueue("cancel", "--all")
    let decided = try file(
      stage,
      [
        #"{"id":"a:L1","decision":"reroll","seen":{"takes":1}}"#, #"{"batch":"b"}"#,
        #"{"id":"b:L1","decision":"reroll","seen":{"takes":1}}"#,
      ])
    #expect(
      try await stage.enqueue("decide", decided, "--yes").stdout
        == "2 decisions: reroll 2, up to $0.00057\ndone: reroll 2, $0.00057\n")
    let takes = try await stage.lines()
    #expect(takes.map { $0["take"] as? Int } == [2, 2])
    #expect(Set(takes.map { $0["id"] as? Int }).count == 1)
  }

  @Test("words that are too long for a request are refused, and other decisions are carried out")
  func unfit() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    let long = String(repeating: "Many words. ", count: 2000)
    let decided = try file(
      stage,
      [
        #"{"id":"a:L1","decision":"edit","text":"\#(long)"}"#,
        #"{"id":"a:L2","decision":"edit","text":"Few words."}"#,
      ])
    let done = try await stage.enqueue("decide", decided, "--yes")
    #expect(done.status == 1 && done.stdout.contains("done: edit 1"), "\(done)")
    #expect(
      done.stderr.contains("a:L1: ") && done.stderr.contains("more than one request can hold"))
    #expect(
      try await stage.lines().map { $0["text"] as? String }
        == ["Line 1 of the test.", "Few words."])
  }

  @Test("a thousand decisions take only a moment, even with names that look like patterns")
  func many() async throws {
    let stage = try await Stage()
    let ids = (1...1500).map { "[a-z]*?:\($0)" }
    let lines = ids.map { #"{"id":"\#($0)","text":"Say \#($0.dropFirst(8))."}"# }
    _ = try await stage.enqueue(
      "add", try stage.write(lines.joined(separator: "\n"), to: "x.jsonl"), "--batch", "a")
    let decided = ids.dropLast().map { #"{"id":"a:\#($0)","decision":"cancel"}"# }
    let done = try await stage.enqueue("decide", try file(stage, decided), "--yes")
    #expect(done.stdout.hasSuffix("done: cancel 1,499\n"), "\(done)")
    #expect(try await stage.states() == ["CANCELLED": 1499, "QUEUED": 1])
  }
}
