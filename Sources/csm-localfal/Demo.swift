import ArgumentParser
import CSMLocalFal
import Foundation
import SystemPackage
import UnixSignals

/// `csm-localfal demo`.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the whole process: queue lines, let the stand-in speak them, and export them.",
    discussion: """
      Runs csm-enqueue and csmd from its own folder, with a stand-in in this process and a state \
      directory of its own, and leaves only the audio. Nothing is sent anywhere. The exit code is that \
      of csmd run --until-idle.

      Examples:
        csm-localfal demo lines.txt
        csm-localfal demo --keep
      """)

  @Argument(help: "Lines to speak, in any format of csm-enqueue add. Default: a few samples.")
  var file: String?

  @Option(help: "Directory for the state. Default: a temporary one, which is removed.")
  var stateDir: String?

  @Flag(help: "Keep the state, and keep the stand-in running until Ctrl-C, to look around.")
  var keep = false

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
            return Self.interrupted
          }
          defer { group.cancelAll() }
          return try await group.next() ?? 0
        }
      }
      if code == Self.interrupted { tidy(directory, withAudio: true) }
    } catch {
      FileHandle.standardError.write(Data("csm-localfal: \(error)\n".utf8))
      throw ExitCode(error is MissingProgram ? 69 : 73)
    }
    throw ExitCode(code)
  }

  private static let interrupted: Int32 = 130

  private func play(
    _ input: String, _ directory: URL, _ fal: LocalFal, _ listening: Listening
  ) async throws -> Int32 {
    let settings = listening.settings(key: behaviour.key) + [("CSM_STATE_DIR", directory.path)]
    let child = Child(settings: settings)
    // Without a voice, every line would be spoken by a different stranger.
    let clip = directory.appendingPathComponent("narrator.wav")
    try Data(try await fal.clip(saying: Self.narrator)).write(to: clip)
    let voiced = try await child.run(
      "csm-enqueue",
      [
        "voice", "add", "narrator", clip.path, "--text", Self.narrator, "--consent",
        "a made-up voice",
      ], isQuiet: true)
    guard voiced == 0 else { return voiced }
    let added = try await child.run(
      "csm-enqueue", ["add", "--batch", "demo", "--voice", "narrator", "--yes", input],
      isQuiet: true)
    guard added <= 1 else { return added }
    print("The lines are queued, all in one voice; csmd now lets the stand-in speak them.")
    let code = try await work(child, directory)
    _ = try await child.run("csm-enqueue", ["list", "--limit", "20"])
    let audio = directory.appendingPathComponent("audio").path
    _ = try await child.run("csm-enqueue", ["export", "demo", "--to", audio])
    print(lastWords(audio))
    if keep {
      try await stay(directory, listening)
    } else if code == 0 {
      tidy(directory, withAudio: false)
    }
    return code
  }

  /// Runs the daemon until nothing is left to do, and shows its progress.
  private func work(_ child: Child, _ directory: URL) async throws -> Int32 {
    let log = FilePath(directory.path + "/csmd.log")
    let output = try FileDescriptor.open(
      log, .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    let isTerminal = isatty(STDOUT_FILENO) == 1
    return try await withThrowingTaskGroup(of: Int32?.self) { group in
      group.addTask { try await child.run("csmd", ["run", "--until-idle"], log: output) }
      if isTerminal {
        group.addTask {
          // It may complain that csmd is not running yet, which belongs in the log.
          _ = try await child.run("csm-enqueue", ["watch", "demo"], log: output)
          return nil
        }
      }
      defer { group.cancelAll() }
      var isWatched = isTerminal
      var code: Int32?
      while code == nil || isWatched, let end = try await group.next() {
        if let end {
          code = end
          // `watch` notices the end within a second, unless csmd could not start.
          group.addTask {
            try? await Task.sleep(for: .seconds(2))
            return nil
          }
        } else {
          isWatched = false
        }
      }
      if let code, code != 0 { print("csmd exited with \(code); its log: \(log)") }
      return code ?? 0
    }
  }

  /// A summary, and commands that can be copied.
  private func lastWords(_ audio: String) -> String {
    let what = behaviour.speak ? "spoke these lines" : "hummed these tones"
    return """

      Nothing was sent anywhere, and nothing was paid:
      a stand-in on this machine \(what).
        listen:       ls \(audio)
        look around:  \(Child.folder)/csm-localfal demo --keep
        begin:        \(Child.folder)/csm-enqueue --help
      """
  }

  /// Keeps the stand-in running until Ctrl-C.
  private func stay(_ directory: URL, _ listening: Listening) async throws {
    let file = directory.appendingPathComponent("env.sh")
    let settings =
      listening.shell(key: behaviour.key)
      + "export CSM_STATE_DIR='\(directory.path)' PATH='\(Child.folder)':\"$PATH\"\n"
    try Data(settings.utf8).write(to: file)
    print(
      """

      The stand-in keeps running until Ctrl-C. In another terminal:
        . \(file.path)
        csm-enqueue list --sort length
        csm-enqueue reroll demo:L01 && csmd run --until-idle
      """)
    fflush(nil)
    try? await Task.sleep(for: .seconds(365 * 86_400))
  }

  /// Removes what the demo created, unless the user wants to keep it.
  private func tidy(_ directory: URL, withAudio: Bool) {
    guard stateDir == nil, !keep else { return }
    let files = FileManager.default
    guard !withAudio else {
      try? files.removeItem(at: directory)
      return
    }
    for name in (try? files.contentsOfDirectory(atPath: directory.path)) ?? [] where name != "audio"
    {
      try? files.removeItem(at: directory.appendingPathComponent(name))
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

  /// The words spoken in the voice's clip.
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
