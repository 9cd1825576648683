import Foundation
import Testing

@Suite("Exporting the audio of scenes")
struct SceneExportTests {
  @Test(
    "lost or damaged audio keeps only its own scene from being joined, and its line is named",
    arguments: ExportTests.hasFFmpeg ? ["wav", "mp3"] : ["wav"])
  func flawedScene(form: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let rows = (1...4).map { "l\($0),s\($0),Line \($0).\nm\($0),s\($0),And \($0).\n" }.joined()
    let file = try stage.write("id,scene,text\n\(rows)", to: "a.csv")
    _ = try await stage.enqueue("add", file, "--per-turn", "--cast", "auto")
    #expect(try await stage.night(fal.settings).status == 0)
    let paths = try await stage.lines().compactMap { $0["path"] as? String }
    try FileManager.default.removeItem(atPath: paths[3])
    try #require(chmod(paths[6], 0o640) == 0)
    try Data("no sound".utf8).write(to: URL(filePath: paths[6]))
    let convert = form == "wav" ? [] : ["--convert", form]
    let command = ["export", "a", "--to", stage("out"), "--as", "joined"] + convert
    let export = try await stage.start("csm-enqueue", command).end()
    #expect(export.status == 74, "\(export)")
    #expect(export.stdout.contains("2 files written"), "\(export)")
    #expect(export.stdout.contains("2 lost or damaged"))
    #expect(export.stderr.contains("a:m2: \(paths[3]) is missing, so s2.\(form) is not made"))
    #expect(export.stderr.contains("a:l4: \(paths[6]) is damaged"), "\(export.stderr)")
    let names = stage.names(stage("out")).filter { !$0.hasPrefix(".") }
    #expect(names == ["_missing.csv", "s1.\(form)", "s3.\(form)"])
    let missing = try stage.text(stage("out/_missing.csv")).split(separator: "\n")
    try #require(missing.count == 3, "\(missing)")
    #expect(missing[1].hasPrefix("m2,STORED,audio_missing,\(paths[3]) is missing"))
    #expect(missing[2].hasPrefix("l4,STORED,audio_damaged,\(paths[6]) is damaged"))
  }

  @Test(
    "a book keeps chapters whose names end in a backslash, and names a cover that cannot be used",
    .enabled(if: ExportTests.hasFFmpeg, "Debian's ffmpeg is missing"))
  func book() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let table = "id,text,chapter\na,One.,Over \\\nb,Two.,And out\n"
    _ = try await stage.enqueue("add", try stage.write(table, to: "a.csv"))
    #expect(try await stage.night(fal.settings).status == 0)
    let command = ["export", "a", "--to", stage("out"), "--as", "book"]
    #expect(try await stage.start("csm-enqueue", command).end().status == 0)
    let probe = ["-v", "error", "-of", "json", "-show_chapters", stage("out/a.m4b")]
    let found = try await stage.start("/usr/bin/ffprobe", probe).end().stdout
    #expect(found.matches(of: /"title": "(Over|And out)/).count == 2, "\(found)")

    let broken = try stage.write([0x89, 0x50, 0x4E, 0x47, 1, 2, 3], to: "broken.png")
    let refused = try await stage.start("csm-enqueue", command + ["--cover", broken]).end()
    #expect(
      refused.status == 74 && refused.stderr.contains("\(broken): ffmpeg cannot read it"),
      "\(refused)")
    #expect(mkfifo(stage("pipe.png"), 0o600) == 0)
    let pipe = try await stage.start("csm-enqueue", command + ["--cover", stage("pipe.png")]).end()
    #expect(pipe.status == 66 && pipe.stderr.contains("the picture cannot be read"), "\(pipe)")
    let ogg = try await stage.start("csm-enqueue", command + ["--convert", "ogg"]).end()
    #expect(ogg.status == 64 && ogg.stderr.contains("use --convert m4a or mp3, not ogg"), "\(ogg)")
  }

  /// A batch of two scenes, of which the second has a line that is not spoken yet.
  private func halfSpoken() async throws -> (stage: Stage, fal: StandIn) {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let table = "id,scene,text\na,s1,One.\nb,s2,Two.\n"
    func add(_ text: String) async throws {
      let file = try stage.write(text, to: "a.csv")
      _ = try await stage.enqueue("add", file, "--per-turn", "--cast", "auto")
    }
    try await add(table)
    #expect(try await stage.night(fal.settings).status == 0)
    try await add(table + "c,s2,Three.\n")
    return (stage, fal)
  }

  @Test("--follow joins a scene once all of its lines have ended, and only once")
  func follow() async throws {
    let (stage, fal) = try await halfSpoken()
    let command = ["export", "a", "--to", stage("out"), "--as", "joined", "--follow"]
    let follow = try stage.start("csm-enqueue", command)
    try await eventually("it looked at all lines") {
      stage.names(stage("out")).contains("_missing.csv")
    }
    #expect(stage.names(stage("out")).filter { $0.hasSuffix(".wav") } == ["s1.wav"])
    #expect(try await stage.night(fal.settings).status == 0)
    let ended = try await follow.end()
    #expect(ended.status == 0, "\(ended)")
    #expect(ended.stdout == "\(stage("out/s1.wav"))\n\(stage("out/s2.wav"))\n", "\(ended)")
  }

  @Test("--follow says what holds csmd back, ends as wait does, and joins no half of a scene")
  func gated() async throws {
    let (stage, _) = try await halfSpoken()
    _ = try await stage.enqueue("pause", "--reason", "a visit")
    for form in ["joined", "files"] {
      let command = ["export", "a", "--to", stage("out"), "--as", form, "--follow"]
      let follow = try await stage.start("csm-enqueue", command).end()
      #expect(follow.status == 3, "\(follow)")
      #expect(follow.stderr.contains("PAUSED for "), "\(follow)")
      #expect(follow.stderr.contains("until csm-enqueue resume: a visit"), "\(follow)")
    }
    let wavs = stage.names(stage("out")).filter { $0.hasSuffix(".wav") }
    #expect(wavs == ["a.wav", "b.wav", "s1.wav"])
    #expect(try await stage.enqueue("wait", "a").status == 3)

    // Without --follow, what there is is joined; that file is not told as left over.
    let command = ["export", "a", "--to", stage("out"), "--as", "joined"]
    #expect(try await stage.start("csm-enqueue", command).end().status == 1)
    #expect(stage.names(stage("out")).contains("s2.wav"))
    let again = try await stage.start("csm-enqueue", command + ["--follow"]).end()
    #expect(again.status == 3 && !again.stderr.contains("earlier"), "\(again)")
  }

  @Test(
    "scenes whose names begin alike, or come again, get a file each", arguments: ["joined", "srt"])
  func longScenes(form: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let long = String(repeating: "x", count: 150)
    let scenes = ["\(long)a", "\(long)b", "a", "\(long)a", "A"]
    let rows = scenes.enumerated().map { "l\($0),\($1),Line \($0).\n" }.joined()
    let file = try stage.write("id,scene,text\n\(rows)", to: "a.csv")
    _ = try await stage.enqueue("add", file, "--per-turn", "--cast", "auto")
    #expect(try await stage.night(fal.settings).status == 0)
    let export = try await stage.enqueue("export", "a", "--to", stage("out"), "--as", form)
    #expect(export.status == 0, "\(export)")
    let ext = form == "srt" ? "srt" : "wav"
    let cut = String(repeating: "x", count: 114)
    #expect(
      Set(stage.names(stage("out")).filter { $0.hasSuffix(".\(ext)") }) == [
        "\(cut)xx.\(ext)", "\(cut)-2.\(ext)", "\(cut)-3.\(ext)", "a.\(ext)", "A-2.\(ext)",
      ])
  }
}
