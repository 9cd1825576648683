import Foundation
import Servers
import Testing

@Suite("The forms of an export")
struct ExportFormTests {
  /// A batch `a` with these texts, all of them spoken.
  private func spoken(_ texts: [String]) async throws -> Stage {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let rows = try texts.enumerated().map { number, text in
      let row = try JSONSerialization.data(withJSONObject: ["id": "l\(number)", "text": text])
      return String(decoding: row, as: UTF8.self) + "\n"
    }
    _ = try await stage.enqueue("add", try stage.write(rows.joined(), to: "a.jsonl"))
    #expect(try await stage.night(fal.settings).status == 0)
    return stage
  }

  private func export(_ stage: Stage, _ options: String...) async throws -> Output {
    try await export(stage, options)
  }

  private func export(_ stage: Stage, _ options: [String]) async throws -> Output {
    try await stage.start("csm-enqueue", ["export", "a", "--to", stage("out")] + options).end()
  }

  @Test("an arrow of any length in a text begins no cue", arguments: ["--", "---", "------"])
  func arrows(dashes: String) async throws {
    let stage = try await spoken(["Look \(dashes)> here.", "And -\(dashes)>\u{338} there."])
    #expect(try await export(stage, "--as", "srt").status == 0)
    let rows = try stage.text(stage("out/a.srt")).unicodeScalars.split(separator: "\n")
      .map { String($0) }
    #expect(rows.count == 6 && rows[2] == "Look -> here.", "\(rows)")
    let arrow = /-->/.matchingSemantics(.unicodeScalar)
    #expect(rows.count { $0.contains(arrow) } == 2, "\(rows)")
  }

  @Test(
    "joined lines stay in step with their subtitles, however many samples each has",
    arguments: ["0ms", "1ms", "250ms"])
  func inStep(gap: String) async throws {
    let stage = try await Stage()
    // Each is almost a millisecond longer than its whole milliseconds.
    let fal = try ScriptedFal { asked in
      guard asked.call == .download else { return nil }
      return Self.answer(WAV.hum(bytes: 2 * (2400 + 24 * asked.text.utf8.count + 23)))
    }
    _ = try await stage.enqueue("add", try stage.write(sentences(40), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 40])
    for form in ["joined", "srt"] {
      #expect(try await export(stage, "--as", form, "--gap", gap).status == 0)
    }
    let times = try stage.text(stage("out/a.srt")).matches(of: /--> 00:00:(\d\d),(\d+)/)
    let milliseconds = try #require(times.last.flatMap { Int($0.1 + $0.2) })
    let samples = (try stage.bytes(stage("out/a.wav")).count - 44) / 2
    #expect((0...24).contains(samples - 24 * milliseconds), "\(samples)")
  }

  @Test(
    "--tags writes into compressed audio as it is stored, and is refused where there is no place",
    .enabled(if: ExportTests.hasFFmpeg, "Debian's ffmpeg is missing"),
    arguments: ["mp3", "ogg", "flac", "m4a"])
  func tags(ext: String) async throws {
    let stage = try await Stage()
    let path = stage("own.\(ext)")
    let wav = try stage.write(WAV.hum(bytes: 48_000), to: "own.wav")
    let encode = ["-v", "error", "-i", wav, path]
    #expect(try await stage.start("/usr/bin/ffmpeg", encode).end().status == 0)
    let audio = try stage.bytes(path)
    let fal = try ScriptedFal { $0.call == .download ? Self.answer(audio) : nil }
    _ = try await stage.enqueue("add", try stage.write("What was asked?\n", to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let output = try await export(stage, "--tags")
    #expect(output.status == 0, "\(output)")
    let probe = ["-v", "error", "-of", "json", "-show_format", "-show_streams"]
    let found = try await stage.start("/usr/bin/ffprobe", probe + [stage("out/L1.\(ext)")]).end()
    for words in ["L1", "text: What was asked?", "fal-ai/csm-1b"] {
      #expect(found.stdout.contains(words), "\(found)")
    }
    #expect(try stage.text(stage("out/manifest.jsonl")).contains("tags:"))
    for form in ["joined", "book", "srt", "vtt"] {
      let refused = try await export(stage, "--tags", "--as", form)
      #expect(refused.status == 64 && refused.stderr.contains("--tags is for"), "\(refused)")
    }
  }

  @Test("stored audio whose header promises too much is read like any other, without ffmpeg")
  func tooLongHeader() async throws {
    let stage = try await Stage()
    var audio = WAV.hum(bytes: 4800)
    audio.replaceSubrange(40..<44, with: [0x80, 0x25, 0, 0])  // 9600
    let fal = try ScriptedFal { [audio] in $0.call == .download ? Self.answer(audio) : nil }
    _ = try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    for (options, bytes) in [(["--rate", "16000"], 44 + 3200), (["--as", "joined"], 44 + 4800)] {
      let command = ["export", "a", "--to", stage("out")] + options
      let output = try await stage.start("csm-enqueue", command, ["PATH": "/nowhere"]).end()
      #expect(output.status == 0, "\(output)")
      let name = options[0] == "--as" ? "a.wav" : "L1.wav"
      #expect(try stage.bytes(stage("out/\(name)")).count == bytes)
    }
    #expect(try await stage.enqueue("export", "a", "--to", stage("tagged"), "--tags").status == 0)
    let tagged = try stage.bytes(stage("tagged/L1.wav"))
    #expect(Array(tagged[40..<44]) == [0xC0, 0x12, 0, 0])  // 4800
    #expect(String(decoding: tagged, as: UTF8.self).contains("text: One."))
  }

  @Test("what earlier exports left is counted; hf removes it from its folders if it is unchanged")
  func leftovers() async throws {
    let stage = try await spoken(["One.", "Two.", "Three."])
    let plain = try await export(stage)
    #expect(!plain.stderr.contains("earlier"), "\(plain)")
    let moved = try await export(stage, "--name", "new/{id}.{ext}")
    #expect(
      moved.stderr.contains("3 files left by earlier exports are still there, such as l0.wav"),
      "\(moved)")

    _ = try await export(stage, "--as", "hf")
    #expect(stage.names(stage("out/data")) == ["l0.wav", "l1.wav", "l2.wav"])
    try stage.write("mine", to: "out/data/mine.wav")
    try stage.write("changed", to: "out/data/l2.wav")
    let split = try await export(stage, "--as", "hf", "--split", "50/50")
    #expect(
      split.status == 0
        && split.stderr.contains("removed 2 files left by earlier exports, such as data/l0.wav"),
      "\(split)")
    #expect(
      split.stderr.contains("1 file left by earlier exports was changed and stays: data/l2.wav"))
    #expect(stage.names(stage("out/data")) == ["l2.wav", "mine.wav"])
    func divided() -> [String] {
      (stage.names(stage("out/train")) + stage.names(stage("out/test")))
        .filter { $0.hasSuffix(".wav") }.sorted()
    }
    #expect(divided() == ["l0.wav", "l1.wav", "l2.wav"])
    try FileManager.default.removeItem(atPath: stage("out/data/l2.wav"))
    let list = try #require(
      ["train", "test"].map { "\($0)/metadata.jsonl" }.first {
        FileManager.default.fileExists(atPath: stage("out/\($0)"))
      })
    try stage.write("mine", to: "out/\(list)")

    // Without the split again, and without a line.
    try stage.write(#"{"id":"l0","text":"One."}"# + "\n", to: "a.jsonl")
    #expect(try await stage.enqueue("add", "--prune", stage("a.jsonl")).status == 0)
    for _ in 1...2 {
      let whole = try await export(stage, "--as", "hf")
      #expect(
        whole.stderr.contains("1 file left by earlier exports was changed and stays: \(list)"),
        "\(whole)")
      #expect(try stage.text(stage("out/\(list)")) == "mine")
    }
    #expect(divided() == [])
    #expect(stage.names(stage("out/data")) == ["l0.wav", "mine.wav"])
    #expect(stage.names(stage("out/new")) == ["l0.wav", "l1.wav", "l2.wav"])

    let small = try await export(stage, "--as", "nemo", "--split", "50/50")
    #expect(
      small.stderr.contains(/(train|test) has no lines: the batch is too small for this split/),
      "\(small)")
  }

  @Test("hf removes the audio of lines that are not good enough any more")
  func rejected() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage, "--faults", "run:silent#2")
    let texts = (1...6).map { "The lamp by the window burned until the morning of day \($0).\n" }
    _ = try await stage.enqueue("add", try stage.write(texts.joined(), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let bad = try await stage.lines("--check", "bad").compactMap { $0["line"] as? String }
    try #require(bad.count == 1)
    func files(_ folders: String...) -> [String] {
      folders.flatMap { stage.names(stage("out/\($0)")) }.filter { $0.hasSuffix(".wav") }.sorted()
    }
    let all = (1...6).map { "L\($0).wav" }
    let good = all.filter { $0 != "\(bad[0]).wav" }
    #expect(try await export(stage, "--as", "hf", "--split", "50/50").status == 0)
    #expect(files("train", "test") == all)
    let split = try await export(stage, "--as", "hf", "--split", "50/50", "--only", "good")
    #expect(split.stderr.contains("removed 1 file left by earlier exports"), "\(split)")
    #expect(files("train", "test") == good)
    #expect(try await export(stage, "--as", "hf").status == 0)
    #expect(files("data") == all && files("train", "test") == [])
    _ = try await export(stage, "--as", "hf", "--only", "good")
    #expect(files("data") == good)
  }

  @Test("what makes no sense together is refused before anything is done")
  func combinations() async throws {
    let stage = try await Stage()
    for (options, words) in [
      ("--as phone --rate 16000", "--rate and --as phone ask for different rates"),
      ("--convert ulaw --rate 16000", "--rate and --convert ulaw ask"),
      ("--convert wav:8000 --rate 16000", "--rate and --convert wav:8000 ask"),
      ("--as ljspeech --convert mp3", "--as ljspeech holds WAV files"),
      ("--as phone --convert mp3", "--as phone allows only --convert ulaw"),
      ("--as nemo --convert ulaw", "--as nemo needs files with a header"),
      ("--as hf --convert ulaw", "--as hf needs files with a header"),
      ("--convert ulaw --tags", "no place for tags"),
      ("--as joined --tags", "--tags is for forms with a file for each line"),
      ("--all-takes --name {id}.{ext}", "--name must contain {take}"),
      ("--name ../{id}", "must not contain . or .."),
      ("--name /etc/{id}", "a file name must not begin with /"),
      ("--as hf --split 33.3/66.7", "whole percentages that add up to 100"),
      ("--as joined --gap -300ms", "a gap must be from 0ms to 60s"),
      ("--rate -1", "--rate must be from 8000 to 192000"),
      ("--loudness -50", "--loudness must be from -40 to -5"),
    ] {
      let output = try await export(stage, options.split(separator: " ").map(String.init))
      #expect(output.status == 64 && output.stderr.contains(words), "\(options): \(output)")
    }
    // There is no such batch.
    let loud = try await export(stage, ["--loudness", "-16"])
    #expect(loud.status != 64, "\(loud)")
  }

  @Test("an Anki note keeps its id for any take of a line, and all takes have ids of their own")
  func ankiTakes() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(2), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    func ids(_ options: String...) async throws -> [String] {
      let command = ["export", "a", "--to", stage("out"), "--as", "anki"] + options
      #expect(try await stage.start("csm-enqueue", command).end().status == 0)
      return try stage.text(stage("out/a.anki.txt")).split(separator: "\n")
        .filter { !$0.hasPrefix("#") }.map { String($0.prefix { $0 != "\t" }) }
    }
    let before = try await ids()
    _ = try await stage.enqueue("reroll", "a:L1")
    #expect(try await stage.night(fal.settings).status == 0)
    _ = try await stage.enqueue("pick", "a:L1", "--take", "2")
    #expect(try await ids() == before)
    let all = try await ids("--all-takes")
    #expect(all.count == 3 && Set(all).count == 3 && Set(before).isSubset(of: all), "\(all)")
  }

  private static func answer(_ audio: [UInt8]) -> Answer {
    .bytes(
      Array("HTTP/1.1 200 OK\r\nContent-Length: \(audio.count)\r\n\r\n".utf8) + audio,
      closes: false)
  }

  @Test("a separator with a combining accent is a separator, too")
  func accents() async throws {
    let stage = try await spoken(["One |\u{301} two <\u{301}b>\u{301} &\u{301} three."])
    for form in ["ljspeech", "anki", "vtt"] {
      #expect(try await export(stage, "--as", form).status == 0)
    }
    let cells = try stage.text(stage("out/metadata.csv")).utf8.split(separator: UInt8(ascii: "|"))
    #expect(cells.count == 3)
    for list in ["a.anki.txt", "a.vtt"] {
      let text = try stage.text(stage("out/\(list)"))
      let row = try #require(text.split(separator: "\n").first { $0.contains("three") })
      #expect(!row.unicodeScalars.contains { $0 == "<" || $0 == ">" }, "\(row)")
    }
  }
}
