import Foundation
import Servers
import Testing

@Suite("Exporting audio in other formats")
struct ConversionTests {
  @Test(
    "audio is converted to the format that is asked for, once",
    .enabled(if: ExportTests.hasFFmpeg, "Debian's ffmpeg is missing"),
    arguments: [
      ("ogg", "ogg", "OggS"), ("opus", "opus", "OggS"), ("mp3", "mp3", ""),
      ("flac", "flac", "fLaC"),
      ("wav:8000:ulaw", "wav", "RIFF"),
    ])
  func converted(_ form: String, _ ext: String, _ magic: String) async throws {
    let stage = try await Stage()
    let fal = try await StandIn(stage)
    _ = try await stage.enqueue("add", try stage.write("One.\nTwo.\n", to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    let command = ["export", "a", "--to", stage("audio"), "--convert", form]
    func export() async throws -> Output { try await stage.start("csm-enqueue", command).end() }
    #expect(try await export().stdout.hasPrefix("a: 2 files written"))
    let bytes = try Data(contentsOf: URL(filePath: stage("audio/L1.\(ext)")))
    #expect(bytes.starts(with: magic.utf8) && bytes.count > 200)
    let before = try stage.marks()
    #expect(
      try await export().stdout.contains("0 files written to \(stage("audio")), 2 already there"))
    #expect(try stage.marks()["L2.\(ext)"] == before["L2.\(ext)"])
    // A changed file is the person's; a removed one is made again with the same bytes.
    try stage.write("my own song", to: "audio/L1.\(ext)")
    #expect(try await export().status == 73)
    try FileManager.default.removeItem(atPath: stage("audio/L1.\(ext)"))
    #expect(try await export().stdout.contains("1 file written"))
    #expect(try Data(contentsOf: URL(filePath: stage("audio/L1.\(ext)"))) == bytes)
  }

  @Test(
    "a playlist in stored audio, or in a clip, leads ffmpeg to no other file",
    .enabled(if: ExportTests.hasFFmpeg, "Debian's ffmpeg is missing"))
  func playlist() async throws {
    let stage = try await Stage()
    let clip = stage("secret.mp3")
    let encode = ["-v", "error", "-i", try stage.write(WAV.hum(bytes: 480_000), to: "s.wav"), clip]
    #expect(try await stage.start("/usr/bin/ffmpeg", encode).end().status == 0)
    let list = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:\(clip)\n#EXT-X-ENDLIST\n"
    let audio = Array("ID3\u{4}\0\0\0\0\0\0\(list)".utf8)
    let fal = try ScriptedFal { asked in
      guard asked.call == .download else { return nil }
      return .bytes(
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(audio.count)\r\n\r\n".utf8) + audio,
        closes: false)
    }
    _ = try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"))
    #expect(try await stage.night(fal.settings).status == 0)
    #expect(try await stage.states() == ["STORED": 1])
    for options in [["--convert", "ogg"], ["--rate", "16000"], ["--as", "joined"]] {
      let command = ["export", "a", "--to", stage("out")] + options
      let export = try await stage.start("csm-enqueue", command).end()
      #expect(export.status == 74, "\(export)")
      #expect(try stage.text(stage("out/_missing.csv")).contains("L1,STORED,not_converted,"))
    }
    #expect(!stage.names(stage("out")).contains { $0.contains("L1") || $0.hasSuffix(".wav") })
    let concat = "ffconcat version 1.0\nfile secret.mp3\n"
    for (name, text) in [("clip.m4a", list), ("clip.ffconcat", concat)] {
      let path = try stage.write(text, to: name)
      let add = try await stage.enqueue("voice", "add", "x", path, "--text", "One two three.")
      #expect(add.status == 65 && add.stderr.contains("ffmpeg cannot read it"), "\(add)")
    }
  }

  @Test("an unknown format, and a machine without ffmpeg, are errors")
  func unconverted() async throws {
    let stage = try await Stage()
    _ = try await stage.enqueue("add", try stage.write("One.\n", to: "a.txt"))
    for form in ["", "wav", "wav:", "wav:1", "wav:8000:x", "wav:8000:ulaw:x", "exe"] {
      let export = try await stage.enqueue("export", "a", "--to", stage("x"), "--convert", form)
      #expect(export.status == 64, "\(form)")
    }
    let export = try await stage.enqueue(
      "export", "a", "--to", stage("x"), "--convert", "ogg", settings: ["PATH": "/nowhere"])
    #expect(export.status == 69)
    #expect(export.stderr.contains("--convert needs ffmpeg"))
  }
}
