import CSMFiles
import CSMWorkplace
import Foundation

/// An installed ffmpeg, which reads and writes formats other than WAV.
package struct FFmpeg: Sendable {
  let path: String

  /// Slightly more than a clip may have, so that clips that are too long can be recognised.
  private static let secondsMax = 31

  /// The formats of clips, by ffmpeg's names.
  ///
  /// All of them hold their own sound. ffmpeg also reads playlists, which make it open other files, and finds
  /// them under any name.
  private static let clipFormats =
    "wav,mp3,ogg,flac,mov,matroska,aiff,caf,amr,aac,asf,au,w64"

  /// The exit code of a `Failure` caused by the file rather than the machine.
  package static let badInput = ExitStatus.badInput

  /// The first `ffmpeg` on the PATH; nil if none is installed.
  package static func find() -> FFmpeg? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.lazy.map { "\($0)/ffmpeg" }
      .first { $0.hasPrefix("/") && access($0, X_OK) == 0 }.map(FFmpeg.init(path:))
  }

  /// Decodes a clip to mono WAV at CSM's rate.
  ///
  /// - Throws: `Failure` with ffmpeg's last message.
  package func wav(of file: String) throws -> [UInt8] {
    try inFolder { folder in
      try run(
        on: file, ["-format_whitelist", Self.clipFormats], for: file,
        [
          "-t", "\(Self.secondsMax)", "-ac", "1", "-ar", "\(ClipCheck.rate)", "-c:a", "pcm_s16le",
        ], into: folder.appending(path: "clip.wav"))
    }
  }

  /// Converts audio; the same version of ffmpeg always writes the same bytes.
  ///
  /// - Parameters:
  ///   - tags: metadata, under ffmpeg's names.
  ///   - name: the audio's name for messages.
  /// - Throws: `Failure` with ffmpeg's last message.
  package func convert(
    _ audio: Data, to conversion: Conversion,
    tags: [(name: String, value: String)] = [], for name: String
  ) throws -> [UInt8] {
    try run(
      onCopyOf: audio, for: name, Self.metadata(tags) + conversion.arguments,
      into: "made.\(conversion.ext)")
  }

  /// Copies audio as it is into a new file with tags; the same version of ffmpeg always writes the same bytes.
  ///
  /// - Parameters:
  ///   - ext: the extension of the given audio.
  ///   - tags: metadata, under ffmpeg's names.
  ///   - name: the audio's name for messages.
  /// - Throws: `Failure` with ffmpeg's last message.
  package func tag(
    _ audio: Data, ext: String, _ tags: [(name: String, value: String)], for name: String
  ) throws -> [UInt8] {
    try run(
      onCopyOf: audio, for: name, Self.metadata(tags) + ["-c:a", "copy"], into: "made.\(ext)")
  }

  private static func metadata(_ tags: [(name: String, value: String)]) -> [String] {
    ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
      + tags.flatMap { ["-metadata", "\($0.name)=\($0.value)"] }
  }

  /// Decodes audio in memory to mono WAV at its own rate.
  ///
  /// - Throws: `Failure` with ffmpeg's last message.
  package func samples(of audio: Data, for name: String) throws -> [UInt8] {
    try run(onCopyOf: audio, for: name, ["-ac", "1", "-c:a", "pcm_s16le"], into: "samples.wav")
  }

  /// Runs ffmpeg on a temporary copy of audio in memory, and returns what it wrote.
  private func run(
    onCopyOf audio: Data, for name: String, _ arguments: [String], into made: String
  ) throws -> [UInt8] {
    guard let container = AudioInfo.Container(head: [UInt8](audio.prefix(16))) else {
      throw Failure("\(name): this is not audio", Self.badInput)
    }
    return try inFolder { folder in
      let given = folder.appending(path: "given")
      try audio.write(to: given)
      return try run(
        on: given.path, ["-f", container.demuxer], for: name, arguments,
        into: folder.appending(path: made))
    }
  }

  /// Runs ffmpeg on one file, and returns what it wrote.
  ///
  /// - Parameter format: options that say what ffmpeg may take the file for. None of it may be a playlist:
  ///   ffmpeg would open the files that this names.
  func run(
    on file: String, _ format: [String], for name: String, _ arguments: [String], into made: URL
  ) throws -> [UInt8] {
    let input = "file:\(URL(filePath: file).standardizedFileURL.path)"
    try run(
      format + ["-i", input, "-vn"] + arguments, into: made, for: name, hiding: "\(input): ")
    return [UInt8](try Data(contentsOf: made))
  }

  /// Runs ffmpeg with the given arguments and an output file.
  ///
  /// - Parameter place: removed from ffmpeg's message, since a temporary path means nothing to people.
  func run(
    _ arguments: [String], into made: URL, for name: String, hiding place: String = ""
  ) throws {
    let (process, errors) = try start(
      ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"] + arguments
        + ["file:\(made.path)"])
    let messages = String(decoding: errors.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      let last = messages.split(separator: "\n").last.map { $0.replacing(place, with: "") }
      throw Failure(
        "\(name): ffmpeg cannot read it: \(last ?? "it gives no reason")", Self.badInput)
    }
  }

  /// Starts ffmpeg; its standard output is discarded.
  ///
  /// - Returns: the process, and the reading end of its standard error.
  /// - Throws: `Failure` if it cannot be started.
  func start(
    _ arguments: [String], input: Any = FileHandle.nullDevice
  ) throws -> (Process, errors: FileHandle) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.environment = Self.environment
    process.arguments = arguments
    let errors = Pipe()
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw Failure("\(path) cannot be run: \(error.localizedDescription)", .unavailable)
    }
    return (process, errors.fileHandleForReading)
  }

  /// Our environment without the key, or anything else that ffmpeg does not need.
  private static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter { name, _ in
      ["PATH", "HOME", "LANG", "TMPDIR"].contains(name) || name.hasPrefix("LC_")
    }
  }

  /// Runs `body` with a private temporary folder, which is removed afterwards.
  ///
  /// - Throws: `Failure` if files cannot be written there, and what `body` throws.
  package func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "csm-\(UUID())")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      return try body(folder)
    } catch let error as CocoaError {
      throw Failure("\(folder.path): \(error.localizedDescription)", .cannotCreate)
    }
  }
}
