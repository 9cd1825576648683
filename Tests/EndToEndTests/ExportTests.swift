import Foundation
import Testing

@Suite("Exporting the audio of a batch under chosen names")
struct ExportTests {
  @Test("a second export changes nothing; a foreign file is left alone and named")
  func exportAgain() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write("One.\nTwo.\n", to: "a.txt")
    _ = try await stage.enqueue("add", file)
    #expect(try await stage.night(fal.settings).status == 0)
    try FileManager.default.createDirectory(
      atPath: stage("audio"), withIntermediateDirectories: false)
    try stage.write("my own song", to: "audio/L1.wav")
    let first = try await stage.enqueue("export", "a", "--to", stage("audio"))
    #expect(first.status == 73)
    #expect(first.stdout.contains("1 file written"))
    #expect(first.stderr.contains("L1.wav"))
    #expect(try stage.text(stage("audio/L1.wav")) == "my own song")

    try FileManager.default.removeItem(atPath: stage("audio/L1.wav"))
    #expect(try await stage.enqueue("export", "a", "--to", stage("audio")).status == 0)
    let before = try stage.marks()
    let again = try await stage.enqueue("export", "a", "--to", stage("audio"))
    #expect(again.status == 0)
    #expect(again.stdout == "a: 0 files written to \(stage("audio")), 2 already there\n")
    let after = try stage.marks()
    #expect(before["L1.wav"] == after["L1.wav"])
    #expect(before["L2.wav"] == after["L2.wav"])
  }

  @Test("lines without audio are listed in _missing.csv, which is removed once all have audio")
  func missing() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write("=SUM(A1), she \"said\".\n", to: "a.txt")
    _ = try await stage.enqueue("add", file)
    let early = try await stage.enqueue("export", "a", "--to", stage("audio"))
    #expect(early.status == 1)
    #expect(
      try stage.text(stage("audio/_missing.csv"))
        == "id,status,error_class,error,text,batch\nL1,QUEUED,,,\"'=SUM(A1), she \"\"said\"\".\",a\n"
    )
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.enqueue("export", "a", "--to", stage("audio")).status == 0)
    #expect(stage.names(stage("audio")) == ["L1.wav", "manifest.jsonl"])
  }

  @Test("a line that is stored while an export runs is left out, and listed as missing")
  func spokenMeanwhile() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    _ = try await stage.enqueue("add", try stage.write("One.\nTwo.\n", to: "a.txt"))
    // The first file is not made until the second line is spoken.
    let early = try await stage.start(
      "csm-enqueue", ["export", "a", "--to", stage("audio"), "--convert", "ogg"],
      try await converter(stage, fal, "\(Stage.programs)/csmd run --until-idle >&2")
    ).end()
    #expect(try await stage.states() == ["STORED": 2], "\(early)")
    #expect(early.status == 1, "\(early)")
    #expect(early.stdout.contains("1 file written") && early.stdout.contains("1 without audio"))
    let missing = try stage.text(stage("audio/_missing.csv")).split(separator: "\n")
    #expect(missing.count == 2 && missing.last?.hasPrefix("L2,") == true)
  }

  /// Settings with an ffmpeg that runs a command and then copies its input.
  private func converter(
    _ stage: Stage, _ fal: StandIn, _ command: String
  ) async throws -> [String: String] {
    // ffmpeg gets no settings of ours.
    let settings = stage.environment.merging(fal.settings) { $1 }
      .map { "export \($0)='\($1)'" }.joined(separator: "\n")
    let script = try stage.write(
      """
      #!/bin/sh
      \(settings)
      \(command)
      for made; do :; done && cat "${9#file:}" >"${made#file:}"
      """, to: "ffmpeg.sh")
    // Installed by another program: if this one wrote it while another test forks, it would be busy.
    let install = ["-m", "700", script, stage("ffmpeg")]
    #expect(try await stage.start("/usr/bin/install", install).end().status == 0)
    return fal.settings.merging(["PATH": "\(stage.folder):/usr/bin:/bin"]) { $1 }
  }

  @Test("a line that is stored while an export runs does not take another line's file")
  func spokenUnderAnotherName() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    // Lines are read 500 at a time: the last one is read after the first ones are exported.
    let fillers = (1...500).map { "f\($0),Never spoken.,none\n" }.joined()
    let table = "id,text,mood\na,One.,glad\nb,Two.,sad\n\(fillers)"
    _ = try await stage.enqueue("add", try stage.write(table, to: "a.csv"), "--cast", "auto")
    #expect(try await stage.enqueue("cancel", "--text", "Never").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    let settings = try await converter(
      stage, fal, "\(Stage.programs)/csmd run --until-idle >&2")
    let command = [
      "export", "a", "--to", stage("audio"), "--convert", "ogg", "--name", "{meta.mood}.{ext}",
    ]
    _ = try await stage.start("csm-enqueue", command, settings).end()
    let before = try stage.bytes(stage("audio/glad.ogg"))
    try FileManager.default.removeItem(atPath: stage("audio/sad.ogg"))
    _ = try await stage.enqueue("add", try stage.write(table + "c,Three.,glad\n", to: "a.csv"))
    let export = try await stage.start("csm-enqueue", command, settings).end()
    #expect(try await stage.states()["STORED"] == 3)
    #expect(export.status == 1 && export.stdout.contains("1 file written"), "\(export)")
    #expect(try stage.bytes(stage("audio/glad.ogg")) == before)
    #expect(try stage.text(stage("audio/_missing.csv")).hasSuffix("\nc,STORED,,,Three.,a\n"))
  }

  @Test("damaged, lost or unconvertible audio is named, and everything else is exported")
  func flaws() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(3), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let paths = try await stage.lines().compactMap { $0["path"] as? String }
    try #require(chmod(paths[0], 0o640) == 0)
    try Data("no sound".utf8).write(to: URL(filePath: paths[0]))
    try FileManager.default.removeItem(atPath: paths[1])
    let export = try await stage.enqueue("export", "a", "--to", stage("audio"))
    #expect(export.status == 74, "\(export)")
    #expect(export.stdout.contains("1 file written") && export.stdout.contains("2 lost or damaged"))
    #expect(export.stderr.contains("a:L1: \(paths[0]) is damaged"), "\(export.stderr)")
    #expect(export.stderr.contains("a:L2: \(paths[1]) is missing"), "\(export.stderr)")
    #expect(export.stderr.contains("csm-enqueue verify --full"))
    let missing = try stage.text(stage("audio/_missing.csv")).split(separator: "\n")
    #expect(missing.count == 3)
    #expect(missing[1].hasPrefix("L1,STORED,audio_damaged,\(paths[0]) is damaged"))
    #expect(missing[2].hasPrefix("L2,STORED,audio_missing,\(paths[1]) is missing"))
    #expect(try rows(stage("audio")).map(\.file) == [nil, nil, "L3.wav"])

    // The advice helps.
    #expect(try await stage.enqueue("verify", "--full").status == 1)
    #expect(try await stage.enqueue("retry", "--lost").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    let command = ["export", "a", "--to", stage("audio")]
    #expect(try await stage.start("csm-enqueue", command).end().status == 0)

    // ffmpeg fails once.
    let settings = try await converter(stage, fal, "mkdir \(stage("once")) 2>&- && exit 1")
    let convert = try await stage.start("csm-enqueue", command + ["--convert", "ogg"], settings)
      .end()
    #expect(convert.status == 74, "\(convert)")
    #expect(
      convert.stdout.contains("2 files written") && convert.stdout.contains("1 not converted"))
    // Several are converted at a time; any of them may come first.
    let failed = try #require(
      convert.stderr.firstMatch(of: /a:(L[1-3]): L[1-3].ogg: ffmpeg cannot/), "\(convert.stderr)"
    ).1
    #expect(!convert.stderr.contains("verify"))
    #expect(
      try stage.text(stage("audio/_missing.csv")).contains("\n\(failed),STORED,not_converted,"))

    // A store that is not mounted has lost nothing.
    try FileManager.default.moveItem(atPath: "\(stage.state)/objects", toPath: stage("elsewhere"))
    let unmounted = try await stage.enqueue("export", "a", "--to", stage("new"))
    #expect(unmounted.status == 74 && unmounted.stderr.contains("mounted?"), "\(unmounted)")
    #expect(stage.names(stage("new")) == [])
  }

  @Test("a file of an earlier export stays known while its line has no audio, and is then replaced")
  func earlier() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let table = "id,text\na,One.\nb,Two.\n"
    _ = try await stage.enqueue("add", try stage.write(table, to: "night.csv"))
    #expect(try await stage.night(fal.settings).status == 0)
    let command = ["export", "night", "--to", stage("out")]
    func export(_ more: String...) async throws -> Output {
      try await stage.start("csm-enqueue", command + more).end()
    }
    #expect(try await export().status == 0)
    #expect(try await export("--name", "old/{id}.{ext}").status == 0)
    let before = try stage.bytes(stage("out/b.wav"))
    #expect(try await stage.enqueue("edit", "night:b", "--text", "Three.").status == 0)
    // It stays known after several exports.
    for _ in 1...2 {
      #expect(try await export().status == 1)
      let row = try #require(try rows(stage("out")).last)
      #expect(row.file == nil && row.earlier?.map(\.file).sorted() == ["b.wav", "old/b.wav"])
    }
    #expect(try await stage.night(fal.settings).status == 0)
    let replaced = try await export()
    #expect(replaced.status == 0 && replaced.stdout.contains("1 replaced"), "\(replaced)")
    #expect(try stage.bytes(stage("out/b.wav")) != before)
    #expect(try await export("--name", "old/{id}.{ext}").status == 0)
    #expect(try stage.bytes(stage("out/b.wav")) == stage.bytes(stage("out/old/b.wav")))

    // A removed or changed file is no longer listed, and no folder is made for it.
    try FileManager.default.removeItem(atPath: stage("out/old"))
    try stage.write("my own song", to: "out/b.wav")
    #expect(try await stage.enqueue("edit", "night:b", "--text", "Four.").status == 0)
    #expect(try await export().status == 1)
    #expect(try rows(stage("out")).map { $0.earlier?.count } == [0, 0])
    #expect(!FileManager.default.fileExists(atPath: stage("out/old")))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await export().status == 73)
    #expect(try stage.text(stage("out/b.wav")) == "my own song")
  }

  @Test("the file of a line that was removed from its batch stays known")
  func gone() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let command = ["export", "a", "--to", stage("out")]
    for (table, file) in [
      ("a,One.\nb,Two.\n", "b.wav"), ("a,One.\n", nil), ("a,One.\nb,Three.\n", "b.wav"),
    ] {
      let path = try stage.write("id,text\n\(table)", to: "a.csv")
      _ = try await stage.enqueue("add", path, "--prune")
      #expect(try await stage.night(fal.settings).status == 0)
      let export = try await stage.start("csm-enqueue", command).end()
      #expect(export.status == 0, "\(export)")
      let row = try #require(try rows(stage("out")).last)
      #expect(row.id == "b" && row.file == file)
      #expect(row.earlier?.map(\.file) == (file == nil ? ["b.wav"] : []))
    }
  }

  @Test("batches that share a folder share its manifest, and leave each other's files alone")
  func batches() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    for (name, table) in [("one", "a,One.\nx,Two.\n"), ("two", "b,Three.\nx,Four.\n")] {
      _ = try await stage.enqueue("add", try stage.write("id,text\n\(table)", to: "\(name).csv"))
    }
    #expect(try await stage.night(fal.settings).status == 0)
    func export(_ batch: String) async throws -> Output {
      try await stage.enqueue("export", batch, "--to", stage("out"))
    }
    #expect(try await export("one").status == 0)
    let shared = try stage.bytes(stage("out/x.wav"))
    let second = try await export("two")
    #expect(
      second.status == 73 && second.stderr.contains("out/x.wav belongs to another batch"),
      "\(second)")
    #expect(try stage.bytes(stage("out/x.wav")) == shared)
    let told = try rows(stage("out")).map { "\($0.batch ?? "?") \($0.file ?? "none")" }
    #expect(told.sorted() == ["one a.wav", "one x.wav", "two b.wav", "two none"])

    // Both batches have the line; each page plays its own batch's file.
    for (batch, count) in [("one", 2), ("two", 1)] {
      let page = ["review", batch, "--html", stage("\(batch).html"), "--export", stage("out")]
      _ = try await stage.start("csm-enqueue", page).end()
      let sounds = try stage.text(stage("\(batch).html")).split(separator: "\"audio_url\":\"out/")
      #expect(sounds.count == count + 1)
    }
    #expect(try await stage.enqueue("reroll", "one:a").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    let again = try await export("one")
    #expect(again.status == 0 && again.stdout.contains("1 replaced"), "\(again)")
    #expect(try rows(stage("out")).count == 4)
  }

  @Test("what one batch lacks stays listed when another is exported into the same folder")
  func missingOfBatches() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    func add(_ text: String, _ name: String) async throws {
      _ = try await stage.enqueue("add", try stage.write(text, to: name))
    }
    func export(_ batch: String) async throws -> Int32 {
      try await stage.enqueue("export", batch, "--to", stage("out")).status
    }
    try await add("id,text\na,One.\nx,Two.\n", "one.csv")
    try await add("id,text\nx,Four.\n", "two.csv")
    #expect(try await stage.night(fal.settings).status == 0)
    try await add(#"{"id":"l","text":"A\nB, \"C\"."}"# + "\n", "three.jsonl")
    for (batch, status) in [("one", 0), ("two", 73), ("three", 1), ("one", 0)] {
      #expect(try await export(batch) == status)
    }
    let missing = try stage.text(stage("out/_missing.csv"))
    #expect(missing.contains("\nx,STORED,name_taken,") && missing.contains(",Four.,two\n"))
    #expect(missing.contains("\nl,QUEUED,,,\"A\nB, \"\"C\"\".\",three\n"), "\(missing)")
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await export("three") == 0)
    let left = try stage.text(stage("out/_missing.csv"))
    #expect(left.contains(",two\n") && !left.contains(",three\n"), "\(left)")
  }

  @Test("files are named by a template; an unknown field is refused with the nearest one")
  func names() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let table = "id,text,mood\nr/1,\"Hello, you there!\",glad\nr/2,Good bye.,\n"
    _ = try await stage.enqueue("add", try stage.write(table, to: "a.csv"))
    #expect(try await stage.night(fal.settings).status == 0)
    for (template, names) in [
      ("{n:03}-{slug:9}.t{take}.{ext}", ["001-hello-you.t1.wav", "002-good-bye.t1.wav"]),
      ("{meta.mood}/{voice}-{id}.{ext}", ["glad/none-r/1.wav", "none/none-r/2.wav"]),
    ] {
      let folder = stage("out-\(template.count)")
      let export = try await stage.enqueue("export", "a", "--to", folder, "--name", template)
      #expect(export.status == 0, "\(export.stderr)")
      for name in names { #expect(FileManager.default.fileExists(atPath: "\(folder)/\(name)")) }
      #expect(try rows(folder).map(\.file) == names)
    }
    for (template, words) in [
      ("{idd}.{ext}", "did you mean {id}?"), ("{id", "brace"), ("x}", "brace"),
      ("{id:5}", "{id:5}: id takes no width"), ("{n:0}", "from 1 to 120"),
      ("{n:99999999999999999999}", "from 1 to 120"),
    ] {
      let export = try await stage.enqueue("export", "a", "--to", stage("x"), "--name", template)
      #expect(export.status == 64)
      #expect(export.stderr.contains(words), "\(export.stderr)")
    }
    let clash = try await stage.enqueue("export", "a", "--to", stage("x"), "--name", "{voice}.wav")
    #expect(clash.status == 65)
    #expect(clash.stderr.contains("none.wav and none.wav"), "\(clash.stderr)")
  }

  /// A row of a manifest.
  private struct Row: Decodable {
    let id: String
    let file: String?
    let batch: String?
    let earlier: [Earlier]?

    struct Earlier: Decodable {
      let file: String
    }
  }

  private func rows(_ folder: String) throws -> [Row] {
    try Data(contentsOf: URL(filePath: "\(folder)/manifest.jsonl")).split(separator: 0x0A).map {
      try JSONDecoder().decode(Row.self, from: $0)
    }
  }

  static let hasFFmpeg = FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg")

  @Test("of two lines with the same file, the first gets it, and the second is named")
  func oneFile() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    // One needs a folder where the other needs a file; `add` does not notice.
    let file = try stage.write("id,text\nx,One.\nx.wav/y,Two.\nz,Three.\n", to: "a.csv")
    _ = try await stage.enqueue("add", file)
    #expect(try await stage.night(fal.settings).status == 0)
    let export = try await stage.enqueue("export", "a", "--to", stage("out"))
    #expect(export.status == 73)
    #expect(export.stdout.hasPrefix("a: 2 files written"), "\(export.stdout)")
    #expect(
      export.stderr.contains("a:x.wav/y: its file x.wav/y.wav clashes with x.wav of x"),
      "\(export.stderr)")
    #expect(try stage.text(stage("out/_missing.csv")).contains("x.wav/y,STORED,name_taken"))
    #expect(stage.names(stage("out")).filter { $0.hasSuffix(".wav") } == ["x.wav", "z.wav"])
  }
}

extension Stage {
  /// Inode, size and time of each file in the folder `audio`.
  func marks() throws -> [String: [Int]] {
    try names(self("audio")).reduce(into: [:]) { marks, name in
      let facts = try FileManager.default.attributesOfItem(atPath: self("audio/\(name)"))
      let date = try #require(facts[.modificationDate] as? Date)
      marks[name] = [
        try #require(facts[.systemFileNumber] as? Int), try #require(facts[.size] as? Int),
        Int(date.timeIntervalSince1970 * 1000),
      ]
    }
  }
}
