import Foundation
import Testing

@Suite("The demo")
struct DemoTests {
  @Test("ends with a summary and the next steps, and leaves only the audio")
  func ends() async throws {
    let stage = try await Stage()
    let demo = try await stage.start(
      "csm-localfal", ["demo", "--latency", "10ms"], ["TMPDIR": stage.folder]
    ).end()
    #expect(demo.status == 0, "\(demo)")
    #expect(demo.stdout.contains("Nothing was sent anywhere, and nothing was paid"))
    #expect(!demo.stdout.contains("not running"), "\(demo.stdout)")
    let folder = try #require(stage.names(stage.folder).first { $0.hasPrefix("csm-demo-") })
    #expect(stage.names(stage(folder)) == ["audio"])
    #expect(stage.names(stage("\(folder)/audio")).count { $0.hasSuffix(".wav") } == 12)
    for label in ["listen", "begin"] {
      let line = try #require(demo.lines.first { $0.contains("\(label): ") })
      let command = try #require(line.firstRange(of: ": ").map { line[$0.upperBound...] })
      let next = try await stage.start("/bin/sh", ["-c", String(command)]).end()
      #expect(next.status == 0, "\(command): \(next)")
    }
    #expect(try await stage.start("csm-localfal", ["--version"]).end().status == 0)
  }

  @Test("keeps the stand-in and the state on request, with the settings in a file")
  func keeps() async throws {
    let stage = try await Stage()
    let demo = try stage.start(
      "csm-localfal", ["demo", "--keep", "--latency", "10ms"], ["TMPDIR": stage.folder])
    try await eventually("it says how to go on") { demo.stdout.contains("env.sh") }
    let file = try #require(demo.stdout.firstMatch(of: /\. (\/.*env\.sh)/)).1
    let again = try await stage.start(
      "/bin/sh",
      [
        "-c",
        ". \(file) && csm-enqueue reroll demo:L01 && csmd run --until-idle && csm-enqueue wait",
      ]
    ).end()
    #expect(again.status == 0, "\(again)")
    #expect(again.stdout.hasPrefix("1 line to speak again: 1 job queued"))
    demo.send(2)
    #expect(try await demo.end().status == 130)
    #expect(FileManager.default.fileExists(atPath: String(file)))
  }
}
