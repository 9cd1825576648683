import Foundation
import Glibc
import Testing

@Suite("Exports beside a person's own files, and after an interrupted export")
struct ExportGuardTests {
  /// A batch `a` of `count` lines, all of them spoken.
  private func spoken(_ count: Int) async throws -> (stage: Stage, fal: StandIn) {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write(sentences(count), to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    try FileManager.default.createDirectory(
      atPath: stage("out"), withIntermediateDirectories: false)
    return (stage, fal)
  }

  private func export(_ stage: Stage, _ more: String...) async throws -> Output {
    try await stage.start("csm-enqueue", ["export", "a", "--to", stage("out")] + more).end()
  }

  @Test("leftovers of a killed export are removed by the next; files of a running one stay")
  func leftovers() async throws {
    let (stage, _) = try await spoken(2)
    try FileManager.default.createDirectory(
      atPath: stage("out/deep"), withIntermediateDirectories: false)
    let faults = [
      "LD_PRELOAD": "\(Stage.programs)/libCFaults.so", "FAULTS_ROOTS": stage("out"),
      "FAULTS_CALLS": "rename", "FAULTS_DO": "kill", "FAULTS_AT": "1",
    ]
    for template in ["{id}.{ext}", "deep/{id}.{ext}"] {
      let killed = try await stage.enqueue(
        "export", "a", "--to", stage("out"), "--name", template, settings: faults)
      #expect(killed.status == -SIGKILL)
    }
    func hidden(_ folder: String) -> [String] {
      stage.names(stage(folder)).filter { $0.hasPrefix(".csm-") && $0 != ".csm-export.jsonl" }
    }
    #expect(!hidden("out").isEmpty)
    try FileManager.default.copyItem(
      atPath: stage("out/\(hidden("out")[0])"), toPath: stage("out/deep/\(hidden("out")[0])"))
    try stage.write("mine", to: "out/.csm-mine")
    let before = hidden("out").count
    let other = try stage.start(
      "/usr/bin/flock", ["-F", stage("out"), "sh", "-c", "echo on; exec sleep 600"])
    try await eventually("another one works there") { other.stdout.contains("on") }
    let busy = try await export(stage)
    #expect(busy.status == 75)
    #expect(busy.stderr.contains("\(stage("out")) is locked by process"), "\(busy.stderr)")
    #expect(hidden("out").count == before)
    other.send(SIGKILL)
    _ = try await other.end()
    let deepBefore = hidden("out/deep").count
    #expect(deepBefore >= 2)
    let deep = try stage.start(
      "/usr/bin/flock", ["-F", stage("out/deep"), "sh", "-c", "echo on; exec sleep 600"])
    try await eventually("another one works in there") { deep.stdout.contains("on") }
    #expect(try await export(stage).status == 0)
    #expect(hidden("out") == [".csm-mine"])
    #expect(try await export(stage, "--name", "deep/{id}.{ext}").status == 75)
    #expect(hidden("out/deep").count == deepBefore)
    deep.send(SIGKILL)
    _ = try await deep.end()
    #expect(try await export(stage, "--name", "deep/{id}.{ext}").status == 0)
    #expect(hidden("out/deep") == [])
  }

  @Test("no export, backup or page is written among csmd's own files")
  func ownFolder() async throws {
    let (stage, _) = try await spoken(1)
    for (link, target) in [("link", stage.state), ("tmp", "\(stage.state)/tmp")] {
      try FileManager.default.createSymbolicLink(
        atPath: stage(link), withDestinationPath: target)
    }
    for folder in [
      stage.state, "\(stage.state)/objects/", "\(stage.state)/objects/x", stage("link"),
      "\(stage.state)/tmp", "\(stage.state)/quarantine/x",
      stage("link/objects/x"), stage("tmp/../objects/x"), stage("none/../link/objects/x"),
    ] {
      let refused = try await stage.enqueue("export", "a", "--to", folder)
      #expect(refused.status == 64 && refused.stderr.contains("belongs to csmd"), "\(refused)")
    }
    for command in [
      ["backup", "--to", "\(stage.state)/objects/x"], ["backup", "--to", stage("link")],
      ["review", "a", "--html", "\(stage.state)/objects/x"],
      ["report", "a", "--html", "\(stage.state)/objects/x"],
      ["report", "a", "--html", stage("link/csm.db")],
    ] {
      let refused = try await stage.start("csm-enqueue", command).end()
      #expect(refused.status == 64 && refused.stderr.contains("belongs to csmd"), "\(refused)")
    }
    #expect(!stage.names(stage.state).contains("manifest.jsonl"))
    #expect(!stage.names("\(stage.state)/objects").contains("x"))
    for folder in ["\(stage.state)/mine", stage("state2")] {
      #expect(try await stage.enqueue("export", "a", "--to", folder).status == 0)
      #expect(try await stage.enqueue("report", "a", "--html", "\(folder)/x.html").status == 0)
    }
  }

  @Test("a line whose file name leads out of the folder is refused and named; others are exported")
  func dots() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let file = try stage.write(
      "id,text,speaker\na1,One.,..\na2,Two.,Ben\na3,Three.,.\n", to: "a.csv")
    _ = try await stage.enqueue("add", file, "--cast", "auto")
    #expect(try await stage.night(fal.settings).status == 0)
    let output = try await export(stage, "--name", "{speaker}/{id}.{ext}")
    #expect(output.status == 73, "\(output)")
    #expect(
      stage.names(stage("out")) == [".csm-export.jsonl", "Ben", "_missing.csv", "manifest.jsonl"])
    #expect(stage.names(stage("out/Ben")) == ["a2.wav"])
    #expect(output.stderr.contains("a:a1: it cannot have the file name ../a1.wav"), "\(output)")
    #expect(output.stdout.contains("1 file written"))
    #expect(output.stdout.contains("2 refused"))
    #expect(try stage.text(stage("out/_missing.csv")).contains("a3,STORED,name_taken,"))
  }

  @Test(
    "a person's own manifest stops the export before anything is written",
    arguments: [
      #"{"audio_filepath": "x.wav", "text": "Mine."}"#, #"{"id": "x", "text": "Mine."}"#,
      "my notes",
    ])
  func ownManifest(_ line: String) async throws {
    let (stage, _) = try await spoken(1)
    #expect(try await export(stage).status == 0)
    let manifest = try stage.text(stage("out/manifest.jsonl")) + "\n" + line + "\n"
    try stage.write(manifest, to: "out/manifest.jsonl")
    try FileManager.default.removeItem(atPath: stage("out/L1.wav"))
    let refused = try await export(stage)
    #expect(refused.status == 73, "\(refused)")
    #expect(
      refused.stderr.hasPrefix("csm-enqueue: \(stage("out/manifest.jsonl")):3: "),
      "\(refused.stderr)")
    #expect(refused.stderr.contains("--to another folder"))
    #expect(stage.names(stage("out")) == ["manifest.jsonl"])
    #expect(try stage.text(stage("out/manifest.jsonl")) == manifest)
  }

  @Test("so does their own _missing.csv, or a manifest that is a link", arguments: [true, false])
  func ownMissing(_ isFile: Bool) async throws {
    let (stage, _) = try await spoken(1)
    if isFile {
      try stage.write("name,phone\nAnna,112\n", to: "out/_missing.csv")
    } else {
      try FileManager.default.createSymbolicLink(
        atPath: stage("out/manifest.jsonl"), withDestinationPath: "elsewhere")
    }
    let before = stage.names(stage("out"))
    let refused = try await export(stage)
    #expect(refused.status == 73, "\(refused)")
    #expect(refused.stderr.contains(stage("out/\(isFile ? "_missing.csv:1: " : "manifest.jsonl")")))
    #expect(refused.stderr.contains("--to another folder"))
    #expect(stage.names(stage("out")) == before)
  }

  @Test(
    "a _missing.csv that a person changed is neither replaced nor removed",
    arguments: ["files", "joined"])
  func changedMissing(form: String) async throws {
    let (stage, fal) = try await spoken(2)
    let table = sentences(3)
    _ = try await stage.enqueue("add", try stage.write(table, to: "a.txt"))
    for _ in 1...2 { #expect(try await export(stage, "--as", form).status == 1) }
    let list = try stage.text(stage("out/_missing.csv"))
    try stage.write(list + "called Anna about this one\n", to: "out/_missing.csv")
    for _ in 1...2 {
      let before = try stage.text(stage("out/_missing.csv"))
      let refused = try await export(stage, "--as", form)
      #expect(refused.status == 73, "\(refused)")
      #expect(
        refused.stderr.contains("out/_missing.csv was changed since an export wrote it"),
        "\(refused.stderr)")
      #expect(try stage.text(stage("out/_missing.csv")) == before)
      // Then no line is missing.
      #expect(try await stage.night(fal.settings).status == 0)
    }
    // A touched list is still the export's own.
    try stage.write(list, to: "out/_missing.csv")
    #expect(try await export(stage, "--as", form).status == 0)
    #expect(!stage.names(stage("out")).contains("_missing.csv"))
  }

  @Test(
    "a line's file cannot have the name of the manifest or the list",
    arguments: ["Manifest.jsonl", "_missing.csv"], ["{meta.name}", "{meta.name}/{id}.{ext}"])
  func reserved(_ name: String, _ template: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    let table = try stage.write("id,text,name\nx,One.,\(name)\n", to: "a.csv")
    _ = try await stage.enqueue("add", table)
    #expect(try await stage.night(fal.settings).status == 0)
    let refused = try await export(stage, "--name", template)
    #expect(refused.status == 73, "\(refused)")
    #expect(refused.stderr.contains("a:x: it cannot have the file name \(name)"))
    #expect(
      stage.names(stage("out")) == [".csm-export.jsonl", "_missing.csv", "manifest.jsonl"])
  }

  @Test("files of an interrupted export are replaced by those of the present take and words")
  func interrupted() async throws {
    let (stage, fal) = try await spoken(3)
    // Killed after the audio is written, and before the list and the manifest.
    let killed = try await stage.start(
      "csm-enqueue", ["export", "a", "--to", stage("out")],
      [
        "LD_PRELOAD": "\(Stage.programs)/libCFaults.so", "FAULTS_ROOTS": stage("out"),
        "FAULTS_CALLS": "rename", "FAULTS_DO": "kill", "FAULTS_AT": "4",
      ]
    ).end()
    #expect(killed.status == -SIGKILL)
    #expect(!stage.names(stage("out")).contains("manifest.jsonl"))
    let before = try (1...3).map { try stage.bytes(stage("out/L\($0).wav")) }
    #expect(try await stage.enqueue("reroll", "a:L1").status == 0)
    #expect(try await stage.enqueue("edit", "a:L2", "--text", "Other words.").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    try stage.write("my own song", to: "out/L3.wav")
    let export = try await export(stage)
    #expect(export.status == 73, "\(export)")
    #expect(export.stdout.contains("2 replaced, 1 refused (see \(stage("out"))/_missing.csv)"))
    #expect(
      export.stderr.contains(
        "a:L3: \(stage("out"))/L3.wav exists and was not written by an export of a"))
    #expect(export.stderr.contains("--name '{batch}/{id}.{ext}'"))
    #expect(try stage.bytes(stage("out/L1.wav")) != before[0])
    #expect(try stage.bytes(stage("out/L2.wav")) != before[1])
    #expect(try stage.text(stage("out/L3.wav")) == "my own song")
    #expect(
      try stage.text(stage("out/_missing.csv")).contains("\nL3,STORED,name_taken,"))
    // The advice helps.
    let other = try await self.export(stage, "--name", "{batch}/{id}.{ext}")
    #expect(other.status == 0 && other.stdout.contains("3 files written"), "\(other)")
    #expect(!stage.names(stage("out")).contains("_missing.csv"))
  }

  @Test(
    "what an interrupted export left is known to the next one, however it divides lines",
    arguments: [[], ["--rate", "16000"]])
  func interruptedHF(_ options: [String]) async throws {
    let (stage, fal) = try await spoken(4)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "b.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let hf = ["export", "a", "--to", stage("out"), "--as", "hf"] + options
    // After the audio is there, and before any list.
    let faults = [
      "LD_PRELOAD": "\(Stage.programs)/libCFaults.so", "FAULTS_ROOTS": stage("out"),
      "FAULTS_CALLS": "rename", "FAULTS_DO": "kill", "FAULTS_AT": "5",
    ]
    #expect(try await stage.start("csm-enqueue", hf, faults).end().status == -SIGKILL)
    #expect(stage.names(stage("out/data")) == (1...4).map { "L\($0).wav" })
    #expect(!stage.names(stage("out")).contains("manifest.jsonl"))
    try stage.write("changed", to: "out/data/L2.wav")
    try stage.write("mine", to: "out/data/mine.wav")
    try stage.write("temporary", to: "out/data/.csm-0123456789abcdef")
    // Neither another batch nor another form forgets it; the other batch tells of it.
    let ofOther = ["export", "b", "--to", stage("out"), "--name", "b/{id}.{ext}"]
    let other = try await stage.start("csm-enqueue", ofOther).end()
    #expect(other.status == 0 && !other.stderr.contains("earlier"), "\(other)")
    #expect(
      other.stderr.contains(
        "3 files left by an interrupted export of a are still there, such as data/L1.wav; "
          + "export a again"),
      "\(other)")
    #expect(!stage.names(stage("out/data")).contains { $0.hasPrefix(".csm-") })
    #expect(try await export(stage, "--as", "joined").status == 0)
    let changed = "1 file left by earlier exports was changed and stays: data/L2.wav"
    for split in ["50/50", "50/40/10"] {
      let divided = try await stage.start("csm-enqueue", hf + ["--split", split]).end()
      #expect(divided.status == 0, "\(divided)")
      #expect(divided.stderr.contains(changed), "\(divided)")
      #expect(
        divided.stderr.contains("removed 3 files left by earlier exports, such as data/L1.wav")
          == (split == "50/50"), "\(divided)")
      #expect(stage.names(stage("out/data")) == ["L2.wav", "mine.wav"])
    }
    let parts = ["train", "validation", "test"].flatMap { stage.names(stage("out/\($0)")) }
    #expect(
      parts.filter { $0.hasSuffix(".wav") }.sorted() == (1...4).map { "L\($0).wav" }, "\(parts)")
    #expect(try stage.text(stage("out/data/L2.wav")) == "changed")
    let after = try await stage.start("csm-enqueue", ofOther).end()
    #expect(after.status == 0 && !after.stderr.contains("interrupted"), "\(after)")
  }

  @Test("a file with the same audio that belongs to another batch stays that batch's")
  func shared() async throws {
    let (stage, fal) = try await spoken(1)
    _ = try await stage.enqueue("add", try stage.write(sentences(1), to: "b.txt"))
    #expect(try await export(stage).status == 0)
    #expect(try await stage.enqueue("export", "b", "--to", stage("out")).status == 0)
    let before = try stage.bytes(stage("out/L1.wav"))
    #expect(try await stage.enqueue("reroll", "a:L1").status == 0)
    #expect(try await stage.night(fal.settings).status == 0)
    let refused = try await export(stage)
    #expect(refused.status == 73)
    #expect(
      refused.stderr.contains("L1.wav belongs to another batch in manifest.jsonl"),
      "\(refused.stderr)")
    #expect(try stage.bytes(stage("out/L1.wav")) == before)
  }
}
