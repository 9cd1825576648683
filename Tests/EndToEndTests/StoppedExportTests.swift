import Foundation
import Glibc
import Testing

@Suite("Exports that are stopped")
struct StoppedExportTests {
  /// Settings with an ffmpeg that copies, and records each start and how many run together.
  ///
  /// While the file `slow` exists, it takes two seconds.
  private func converter(_ stage: Stage) async throws -> [String: String] {
    let script = try stage.write(
      """
      #!/bin/sh
      echo begun >>\(stage("begun"))
      mkdir -p \(stage("going")) && touch \(stage("going"))/$$
      ls \(stage("going")) | wc -l >>\(stage("together"))
      [ -e \(stage("slow")) ] && sleep 2
      rm \(stage("going"))/$$
      for made; do :; done && cat "${9#file:}" >"${made#file:}"
      """, to: "ffmpeg.sh")
    let install = ["-m", "700", script, stage("ffmpeg")]
    #expect(try await stage.start("/usr/bin/install", install).end().status == 0)
    return ["PATH": "\(stage.folder):/usr/bin:/bin"]
  }

  private func begun(_ stage: Stage) throws -> Int {
    guard FileManager.default.fileExists(atPath: stage("begun")) else { return 0 }
    return try stage.text(stage("begun")).split(separator: "\n").count
  }

  @Test("go on where they stopped: nothing is converted twice, and no partial file is left")
  func goesOn() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    // Several times as many as are converted before the export looks at the signal.
    let count = max(24, 6 * ProcessInfo.processInfo.activeProcessorCount)
    _ = try await stage.enqueue(
      "add", try stage.write(sentences(count), to: "a.txt"), "--cast", "auto")
    #expect(try await stage.night(fal.settings).status == 0)
    let settings = try await converter(stage)
    try stage.write("", to: "slow")
    let command = ["export", "a", "--to", stage("out"), "--convert", "ogg"]
    let first = try stage.start("csm-enqueue", command, settings)
    try await eventually("some are converted") {
      stage.names(stage("out")).count { $0.hasSuffix(".ogg") } >= 2
    }
    first.send(SIGINT)
    let stopped = try await first.end()
    #expect(stopped.status == 130, "\(stopped)")
    #expect(stopped.stderr.contains("run the same command again to go on"))
    let names = stage.names(stage("out"))
    let kept = names.count { $0.hasSuffix(".ogg") }
    #expect((2..<count).contains(kept))
    #expect(names.filter { $0.hasPrefix(".csm-") } == [".csm-export.jsonl"], "\(names)")
    #expect(names.contains("manifest.jsonl"))
    let missing = try stage.text(stage("out/_missing.csv"))
    #expect(missing.components(separatedBy: "not_exported").count == count - kept + 1)

    try #require(unlink(stage("slow")) == 0)
    let before = try begun(stage)
    let second = try await stage.start("csm-enqueue", command, settings).end()
    #expect(second.status == 0, "\(second)")
    #expect(second.stdout.contains("\(count - kept) files written"), "\(second.stdout)")
    #expect(second.stdout.contains("\(kept) already there"), "\(second.stdout)")
    #expect(try begun(stage) - before == count - kept)
    let digits = "\(count)".count
    let files = (1...count).map { number in
      "L" + String(repeating: "0", count: digits - "\(number)".count) + "\(number).ogg"
    }
    #expect(stage.names(stage("out")) == files + ["manifest.jsonl"])
    if ProcessInfo.processInfo.activeProcessorCount > 1 {
      let together = try stage.text(stage("together")).split(separator: "\n")
      #expect(together.contains { Int($0.filter { $0 != " " }) ?? 0 >= 2 }, "\(together)")
    }
  }

  @Test("leave finished files in their lists, wherever they were stopped")
  func keepsLists() async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    // Several times as many as are looked at together.
    let count = max(24, 6 * ProcessInfo.processInfo.activeProcessorCount)
    func speak(_ text: String) async throws {
      _ = try await stage.enqueue("add", try stage.write(text, to: "a.txt"))
      #expect(try await stage.night(fal.settings).status == 0)
    }
    try await speak("First.\n" + sentences(count - 1))
    let settings = try await converter(stage)
    let command = ["export", "a", "--to", stage("out"), "--convert", "ogg", "--as", "m3u8"]
    #expect(try await stage.start("csm-enqueue", command, settings).end().status == 0)
    func listed() throws -> Int {
      try stage.text(stage("out/a.m3u8")).split(separator: "\n").count { $0.hasSuffix(".ogg") }
    }
    func known() throws -> Int {
      try stage.text(stage("out/manifest.jsonl")).split(separator: "\n").count {
        let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        return line?["file"] is String
      }
    }
    #expect(try listed() == count)

    // While the first file is made again, the others have not been looked at.
    let edited = "Edited.\n" + sentences(count - 1)
    try await speak(edited)
    // Two whose bytes are the same, but not their times.
    let files = stage.names(stage("out")).filter { $0.hasSuffix(".ogg") }
    for file in [files[1], files[count - 1]] {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: stage("out/\(file)"))
    }
    try stage.write("", to: "slow")
    let making = try stage.start("csm-enqueue", command, settings)
    try await eventually("the first is made again") { try begun(stage) == count + 1 }
    making.send(SIGINT)
    let stopped = try await making.end()
    #expect(stopped.status == 130, "\(stopped)")
    #expect(stopped.stdout.contains("\(count - 1) already there, 1 not yet exported"), "\(stopped)")
    #expect(try listed() == count - 1)
    #expect(try known() == count - 1)

    // Between two exports of --follow, all of it is there.
    try #require(unlink(stage("slow")) == 0)
    _ = try await stage.enqueue("add", try stage.write(edited + "New.\n", to: "a.txt"))
    let following = try stage.start("csm-enqueue", command + ["--follow"], settings)
    try await eventually("everything is exported") { try listed() == count }
    following.send(SIGINT)
    let ended = try await following.end()
    #expect(ended.status == 130, "\(ended)")
    #expect(try listed() == count)
    #expect(try known() == count)
    let missing = try stage.text(stage("out/_missing.csv"))
    #expect(missing.split(separator: "\n").count == 2, "\(missing)")
  }

  @Test("an add that is stopped says that nothing was added")
  func add() async throws {
    let stage = try await Stage()
    let pipe = stage("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    // Holds the pipe open, and writes nothing.
    let holder = open(pipe, O_RDWR | O_CLOEXEC)
    defer { close(holder) }
    let add = try stage.start("csm-enqueue", ["add", pipe, "--batch", "p"])
    try await eventually("the database exists") {
      try await !stage.enqueue("status", "--json").objects().isEmpty
    }
    try await Task.sleep(for: .seconds(1))
    add.send(SIGINT)
    let stopped = try await add.end()
    #expect(stopped.status == 130)
    #expect(stopped.stderr.contains("stopped: nothing from \(pipe) was added"), "\(stopped.stderr)")
    #expect(try await stage.status()["total"] as? Int == 0)
  }
}
