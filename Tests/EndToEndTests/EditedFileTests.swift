import Foundation
import Testing

@Suite("An edited file, one edited line, and new takes")
struct EditedFileTests {
  private let table = """
    {"id":"hail","text":"Hail, thou noble house."}
    {"id":"who","text":"Who goes there?"}
    {"id":"end","text":"The end."}

    """

  @Test("adding an edited file again costs only the edits, and says so before and after")
  func edits() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(table, to: "act.jsonl")
    _ = try await stage.enqueue("add", file)
    #expect(try await stage.night(fal.settings).status == 0)
    try stage.write(
      """
      {"id":"hail","text":"Hail, thou noble house."}
      {"id":"who","text":"Who are you?"}
      {"id":"more","text":"One more line."}

      """, to: "act.jsonl")
    let counts = "3 lines read, 2 QUEUED, 1 unchanged, 1 changed, 1 new, 1 gone from the file"
    let dry = try await stage.enqueue("add", "--dry-run", file)
    #expect(
      dry.stdout.contains(counts.replacing("QUEUED", with: "would be queued")), "\(dry.stdout)")
    #expect(dry.stdout.contains("26 characters · estimate $0.00078"))
    #expect(dry.stdout.contains("1 line already spoken: saves $0.00069"))
    #expect(dry.stdout.contains("longest lines, in characters: more (14), who (12)"))
    #expect(dry.stdout.hasSuffix("nothing was added: this was a dry run\n"))
    let added = try await stage.enqueue("add", file)
    #expect(added.stdout.contains(counts.replacing("QUEUED", with: "queued")))
    #expect(added.stdout.contains("(kept; --prune removes them)"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().count == 5)

    // Former words are listed, and so are pruned lines.
    let former = try await stage.lines("--former")
    #expect(former.map { $0["text"] as? String } == ["Who goes there?"])
    #expect(former.map { $0["former"] as? String } == ["edited"])
    let pruned = try await stage.enqueue("add", "--prune", file)
    #expect(pruned.stdout.contains("1 gone from the file (removed)"))
    #expect(try await stage.lines().map { $0["line"] as? String } == ["hail", "who", "more"])
    #expect(try await stage.lines("--former").count == 2)
    #expect(try await stage.enqueue("add", "--prune", "-", input: file).status == 64)
  }

  @Test("forgetting --voice adds and costs nothing, unless --cast auto is given")
  func forgottenVoice() async throws {
    let stage = try await Stage()
    try await stage.addVoice("anna")
    let file = try stage.write(table, to: "act.jsonl")
    #expect(try await stage.enqueue("add", file, "--voice", "anna").status == 0)
    for form in [["add", file], ["add", file, "--dry-run"]] {
      let forgotten = try await stage.start("csm-enqueue", form).end()
      #expect(forgotten.status == 65)
      #expect(
        forgotten.stderr.contains(
          "nothing was added, since 3 lines of the batch act would lose their voice"),
        "\(forgotten.stderr)")
    }
    let same = try await stage.enqueue("add", file, "--voice", "anna")
    #expect(same.stdout.contains("0 queued, 3 unchanged"))
    let strangers = try await stage.enqueue("add", file, "--cast", "auto")
    #expect(strangers.stdout.contains("3 queued, 3 changed"))
    // Adding a voice loses nothing.
    #expect(try await stage.enqueue("add", file, "--voice", "anna").stdout.contains("3 changed"))
  }

  @Test("edit sends one line again, and survives adding the file again")
  func edit() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(table, to: "act.jsonl")
    _ = try await stage.enqueue("add", file)
    _ = try await stage.night(fal.settings)
    let edited = try await stage.enqueue("edit", "act:who", "--text", "Who is there?")
    #expect(edited.stdout.hasPrefix("act:who: 1 job queued, 13 characters · estimate $0.00039"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().count == 4)
    let again = try await stage.enqueue("add", file)
    #expect(again.stdout.contains("3 unchanged"))
    #expect(again.stdout.contains("1 line edited by hand"))
    #expect(
      try await stage.lines("who").map { $0["text"] as? String } == ["Who is there?"])
    let other = try await stage.enqueue("add", file, "--speaker", "3", "--dry-run")
    #expect(other.stdout.contains("1 line edited by hand: replaced"), "\(other.stdout)")
    let counts = try await stage.enqueue("add", file, "--speaker", "3", "--dry-run", "--json")
    #expect(try counts.objects().first?["reverted"] as? Int == 1)
    let back = try await stage.enqueue("edit", "who", "--text", "Who goes there?")
    #expect(
      back.stdout == "act:who: these words are already queued or spoken: nothing more to pay\n")
    #expect(try await stage.enqueue("edit", "nobody", "--text", "x").status == 1)
    #expect(try await stage.enqueue("edit", "who", "--text", "...").status == 65)
  }

  @Test("edit and add report words that failed, are held or were cancelled before")
  func ended() async throws {
    let stage = try await Stage(["CSM_MAX_IN_FLIGHT": "1"])
    let fal = try await StandIn(stage, "--faults", "run:422#2,run:audio-at:http://127.0.0.1:9/x#3")
    let file = try stage.write(
      "Spoken words.\nFailed words.\nHeld words.\nCancelled words.\n", to: "old.txt")
    _ = try await stage.enqueue("add", file)
    _ = try await stage.enqueue("cancel", "old:L4")
    #expect(try await stage.night(fal.settings).status == 2)
    #expect(
      try await stage.lines().map { $0["state"] as? String } == [
        "STORED", "FAILED", "HELD", "CANCELLED",
      ])
    _ = try await stage.enqueue("add", try stage.write("Any words.\n", to: "new.txt"))
    for (words, advice) in [
      ("Spoken", "are already queued or spoken: nothing more to pay"),
      ("Failed", "failed before: csm-enqueue retry new:L1 tries again"),
      (
        "Held",
        "are held: csm-enqueue show new:L1 says why, csm-enqueue retry new:L1 tries again"
      ),
      ("Cancelled", "were cancelled before: csm-enqueue reroll new:L1 speaks them after all"),
    ] {
      let edited = try await stage.enqueue("edit", "new:L1", "--text", "\(words) words.")
      #expect(edited.stdout == "new:L1: these words \(advice)\n")
    }
    let added = try await stage.enqueue("add", file, "--batch", "again")
    #expect(
      added.stdout.contains(
        "1 line held before: see csm-enqueue list --batch again --state HELD, then retry or cancel"),
      "\(added.stdout)")
    #expect(added.stdout.contains("1 line failed before: "))
    #expect(added.stdout.contains("--failed tries it again"), "\(added.stdout)")
    #expect(added.stdout.contains("1 line cancelled before: "))
    #expect(added.stdout.contains("--state CANCELLED queues it again"), "\(added.stdout)")
    let json = try await stage.enqueue("add", file, "--batch", "once more", "--json").objects()
    #expect(json.first?["held"] as? Int == 1)
  }

  @Test("edit accepts no more words than one request can hold")
  func tooLong() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write("One.\nTwo.\n", to: "a.txt"))
    let sentence = "This is a sentence of some words. "
    let long = try await stage.enqueue(
      "edit", "a:L1", "--text", String(repeating: sentence, count: 160))
    #expect(long.status == 65)
    #expect(
      long.stderr.contains("more than one request can hold, which is about 1,260 here"),
      "\(long.stderr)")
    #expect(try await stage.lines().first?["text"] as? String == "One.")
    let fitting = try await stage.enqueue(
      "edit", "a:L1", "--text", String(repeating: sentence, count: 30))
    #expect(fitting.status == 0, "\(fitting.stderr)")
  }

  @Test("reroll speaks a line again: show lists its takes, export gives the newest")
  func reroll() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(table, to: "act.jsonl"))
    #expect(try await stage.enqueue("reroll", "act:who").status == 1)
    _ = try await stage.night(fal.settings)
    let rerolled = try await stage.enqueue("reroll", "act:who", "--takes", "2")
    #expect(rerolled.stdout.hasPrefix("1 line to speak again: 2 jobs queued, 30 characters"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try fal.accepted().count == 5)
    let line = try #require(try await stage.lines("who").first)
    #expect(line["take"] as? Int == 3 && line["takes"] as? Int == 3)
    let show = try await stage.enqueue("show", "act:who").stdout
    #expect(show.contains("take     3, of 3"))
    #expect(show.contains("take 1   STORED") && show.contains("take 2   STORED"), "\(show)")
    #expect(
      try await stage.lines("--former").map { $0["former"] as? String } == ["retaken", "retaken"])
    #expect(try await stage.enqueue("export", "act", "--to", stage("out")).status == 0)
    #expect(stage.names(stage("out")).filter { $0.hasSuffix(".wav") }.count == 3)
    #expect(try await stage.enqueue("reroll", "--state", "FAILED").status == 1)
  }

  @Test("a number is the line with that id, or else a job; --job is always a job")
  func numbers() async throws {
    let stage = try await Stage()
    let file = try stage.write(
      #"{"id":"3","text":"One."}"# + "\n" + #"{"id":"b","text":"Two."}"# + "\n"
        + #"{"id":"c","text":"Three."}"# + "\n", to: "n.jsonl")
    _ = try await stage.enqueue("add", file)
    #expect(try await stage.lines("3").map { $0["text"] as? String } == ["One."])
    #expect(try await stage.lines("2").map { $0["text"] as? String } == ["Two."])
    #expect(try await stage.lines("--job", "3").map { $0["text"] as? String } == ["Three."])
    #expect(try await stage.enqueue("show", "--job", "3").stdout.contains("Three."))
    let some = try await stage.enqueue("cancel", "b", "nobody")
    #expect(some.status == 1)
    #expect(some.stdout == "1 job cancelled\n")
    #expect(some.stderr == "no line matches nobody\n")
    let batch = try await stage.enqueue("list", "n")
    #expect(batch.stderr == "no line matches n; there is a batch of this name: --batch n\n")
    #expect(try await stage.enqueue("cancel", "n:4").status == 1)
    let again = try await stage.enqueue("add", file)
    #expect(again.stdout.contains("1 line cancelled before: csm-enqueue reroll --batch n"))
  }

  @Test("--priority moves waiting lines forward")
  func priority() async throws {
    let stage = try await Stage()
    let file = try stage.write(sentences(2), to: "a.txt")
    _ = try await stage.enqueue("add", file)
    let raised = try await stage.enqueue("add", file, "--priority", "5")
    #expect(raised.stdout.contains("2 waiting jobs raised to priority 5"))
    #expect(try await stage.lines().allSatisfy { $0["priority"] as? Int == 5 })
  }
}
