import CSMFiles
import CSMWorkplace
import Foundation

/// An installed ffmpeg, which reads and writes what is no WAV file.
package struct FFmpeg: Sendable {
  let path: String

  /// A little more than a clip may have, so that one which is too long is told from one that is not.
  private static let secondsMax = 31

  /// The exit code of a `Failure` that is the file's, and not the machine's.
  package static let badInput = ExitStatus.badInput

  /// The first `ffmpeg` on the PATH; nil where none is installed.
  package static func find() -> FFmpeg? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.lazy.map { "\($0)/ffmpeg" }
      .first { $0.hasPrefix("/") && access($0, X_OK) == 0 }.map(FFmpeg.init(path:))
  }

  /// The sound of a file as WAV of one channel.
  ///
  /// - Throws: `Failure`, with ffmpeg's last words.
  package func wav(of file: String) throws -> [UInt8] {
    try inFolder { folder in
      try run(
        on: file, for: file,
        [
          "-t", "\(Self.secondsMax)", "-ac", "1", "-ar", "\(ClipCheck.rate)", "-c:a", "pcm_s16le",
        ], into: folder.appending(path: "clip.wav"))
    }
  }

  /// Audio in another form; the same bytes whenever the same ffmpeg does it.
  ///
  /// - Parameters:
  ///   - ext: the extension of what the audio is.
  ///   - tags: what the file says of itself, by ffmpeg's names.
  ///   - name: what a complaint calls it.
  /// - Throws: `Failure`, with ffmpeg's last words.
  package func convert(
    _ audio: Data, ext: String, to conversion: Conversion,
    tags: [(name: String, value: String)] = [], for name: String
  ) throws -> [UInt8] {
    try inFolder { folder in
      let given = folder.appending(path: "given.\(ext)")
      try audio.write(to: given)
      return try run(
        on: given.path, for: name,
        ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
          + tags.flatMap { ["-metadata", "\($0.name)=\($0.value)"] } + conversion.arguments,
        into: folder.appending(path: "made.\(conversion.ext)"))
    }
  }

  /// The samples of audio in memory as WAV of one channel, at the rate that they have.
  ///
  /// - Throws: `Failure`, with ffmpeg's last words.
  package func samples(of audio: Data, ext: String, for name: String) throws -> [UInt8] {
    try inFolder { folder in
      let given = folder.appending(path: "given.\(ext)")
      try audio.write(to: given)
      return try run(
        on: given.path, for: name, ["-ac", "1", "-c:a", "pcm_s16le"],
        into: folder.appending(path: "samples.wav"))
    }
  }

  /// Runs it on one file and returns what it wrote.
  ///
  /// Only the file itself is opened: a playlist in it leads nowhere.
  ///
  /// - Parameter format: what the file is taken for; nil leaves it to ffmpeg.
  func run(
    on file: String, as format: String? = nil, for name: String, _ arguments: [String],
    into made: URL
  ) throws -> [UInt8] {
    let input = "file:\(URL(filePath: file).standardizedFileURL.path)"
    try run(
      (format.map { ["-f", $0] } ?? []) + ["-i", input, "-vn"] + arguments, into: made, for: name,
      hiding: "\(input): ")
    return [UInt8](try Data(contentsOf: made))
  }

  /// Runs it with these arguments and the file that it is to write.
  ///
  /// - Parameter place: what is left out of its words, since nobody knows it.
  func run(
    _ arguments: [String], into made: URL, for name: String, hiding place: String = ""
  ) throws {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.environment = Self.environment
    process.arguments =
      ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"] + arguments
      + ["file:\(made.path)"]
    let errors = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw Failure("\(path) cannot be run: \(error.localizedDescription)", .unavailable)
    }
    let words = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      let last = words.split(separator: "\n").last.map { $0.replacing(place, with: "") }
      throw Failure(
        "\(name): ffmpeg cannot read it: \(last ?? "it gives no reason")", Self.badInput)
    }
  }

  /// Our own environment without the key, and whatever else is none of a stranger's business.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter { name, _ in
      ["PATH", "HOME", "LANG", "TMPDIR"].contains(name) || name.hasPrefix("LC_")
    }
  }

  /// A folder of this user's own, gone afterwards.
  package func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "csm-\(UUID())")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      defer { try? FileManager.default.removeItem(at: folder) }
      return try body(folder)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(folder.path): \(error.localizedDescription)", .cannotCreate)
    }
  }
}
