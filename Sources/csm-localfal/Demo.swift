import ArgumentParser
import CSMLocalFal
import Foundation
import SystemPackage
import UnixSignals

/// `csm-localfal demo`.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the whole thing: lines are queued, spoken by the stand-in, stored, exported.",
    discussion: """
      It runs csm-enqueue and csmd from its own folder, against a stand-in in this process and a \
      state directory of its own. The exit code is that of csmd run --until-idle.
      """)

  @Argument(help: "Lines to speak, as csm-enqueue add takes them. Default: a few samples.")
  var file: String?

  @Option(help: "Where to keep the state. Default: a new temporary directory.")
  var stateDir: String?

  @OptionGroup var behaviour: BehaviourOptions

  func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let code: Int32
    do {
      let directory = try makeDirectory()
      let input = try file ?? writeSamples(in: directory)
      let fal = try LocalFal(behaviour.options)
      code = try await fal.serve { listening in
        try await withThrowingTaskGroup(of: Int32.self) { group in
          group.addTask { try await play(input, directory, fal, listening) }
          group.addTask {
            for await _ in signals { break }
            return 130
          }
          defer { group.cancelAll() }
          return try await group.next() ?? 0
        }
      }
    } catch {
      FileHandle.standardError.write(Data("csm-localfal: \(error)\n".utf8))
      throw ExitCode(error is MissingProgram ? 69 : 73)
    }
    throw ExitCode(code)
  }

  private func play(
    _ input: String, _ directory: URL, _ fal: LocalFal, _ listening: Listening
  ) async throws -> Int32 {
    let settings = listening.settings(key: behaviour.key) + [("CSM_STATE_DIR", directory.path)]
    let child = Child(settings: settings)
    // Without a voice, every line would be spoken by another stranger.
    let clip = directory.appendingPathComponent("narrator.wav")
    try Data(try await fal.clip(saying: Self.narrator)).write(to: clip)
    let voiced = try await child.run(
      "csm-enqueue",
      [
        "voice", "add", "narrator", clip.path, "--text", Self.narrator, "--consent",
        "a made-up voice",
      ])
    guard voiced == 0 else { return voiced }
    let added = try await child.run(
      "csm-enqueue", ["add", "--batch", "demo", "--voice", "narrator", input])
    guard added <= 1 else { return added }
    let code = try await work(child, directory, fal, total: lineCount(of: input))
    _ = try await child.run("csm-enqueue", ["list", "--limit", "20"])
    let audio = directory.appendingPathComponent("audio").path
    _ = try await child.run("csm-enqueue", ["export", "demo", "--to", audio])
    print(
      """
      The audio lies in \(audio)
      To look around:   export CSM_STATE_DIR=\(directory.path)
      """)
    return code
  }

  /// Runs the daemon until nothing is left to do, and shows how far it is.
  private func work(
    _ child: Child, _ directory: URL, _ fal: LocalFal, total: Int
  ) async throws -> Int32 {
    let log = FilePath(directory.path + "/csmd.log")
    let output = try FileDescriptor.open(
      log, .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    return try await withThrowingTaskGroup(of: Int32?.self) { group in
      group.addTask { try await child.run("csmd", ["run", "--until-idle"], log: output) }
      group.addTask {
        var progress = ProgressLine(total: total)
        while !Task.isCancelled {
          progress.show(fal.statistics())
          try? await Task.sleep(for: .milliseconds(250))
        }
        progress.finish(fal.statistics())
        return nil
      }
      defer { group.cancelAll() }
      let code = (try await group.next() ?? nil) ?? 0
      group.cancelAll()
      try await group.waitForAll()
      if code != 0 { print("csmd left with \(code); its log: \(log)") }
      return code
    }
  }

  private func makeDirectory() throws -> URL {
    let parent = FileManager.default.temporaryDirectory
    let directory =
      stateDir.map { URL(fileURLWithPath: $0) }
      ?? parent.appendingPathComponent("csm-demo-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return directory
  }

  private func writeSamples(in directory: URL) throws -> String {
    let path = directory.appendingPathComponent("demo.txt")
    try Data((Self.samples.joined(separator: "\n") + "\n").utf8).write(to: path)
    return path.path
  }

  /// Lines with something in them; 0 where the file cannot be read, which `csm-enqueue` reports.
  private func lineCount(of path: String) -> Int {
    guard let data = FileManager.default.contents(atPath: path) else { return 0 }
    return data.split(separator: UInt8(ascii: "\n")).count
  }

  /// The words of the voice's clip.
  private static let narrator =
    "The kettle is on, the lamps are lit, and the tape is rolling; now we only wait for you to speak."

  private static let samples = [
    "Good evening, and welcome to the night shift.",
    "Every line in this file will be spoken by the morning.",
    "The kettle is on, the lamps are lit, the tape is rolling.",
    "Somewhere a fox crosses the road and does not look back.",
    "Please mind the gap between the platform and the train.",
    "Seven sleepy sailors sang a slow song by the sea.",
    "If this line is lost, somebody will notice.",
    "It was paid for once, and once only.",
    "The rain has stopped. You can hear the gutters talking.",
    "Take a breath.",
    "Nothing on this machine is in a hurry tonight.",
    "That was the last line. Sleep well.",
  ]
}
