import CSMFiles
import Foundation

/// An installed ffmpeg, which reads what is no WAV file.
struct FFmpeg {
  private let path: String

  /// A little more than a clip may have, so that one which is too long is told from one that is not.
  private static let secondsMax = 31

  /// The first `ffmpeg` on the PATH; nil where none is installed.
  static func find() -> FFmpeg? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.lazy.map { "\($0)/ffmpeg" }
      .first { $0.hasPrefix("/") && access($0, X_OK) == 0 }.map(FFmpeg.init(path:))
  }

  /// The sound of a file as WAV of one channel.
  ///
  /// Only the file itself is opened: a playlist in it leads nowhere.
  ///
  /// - Throws: `Failure`, with ffmpeg's last words.
  func wav(of file: String) throws -> [UInt8] {
    let input = "file:\(URL(filePath: file).standardizedFileURL.path)"
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = [
      "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-i",
      input, "-vn", "-t", "\(Self.secondsMax)", "-ac", "1", "-ar", "\(ClipCheck.rate)", "-c:a",
      "pcm_s16le", "-f", "wav", "-",
    ]
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw Failure("\(path) cannot be run: \(error.localizedDescription)", exitCode: 69)
    }
    // Its complaints are few; the pipe takes them until its output is read.
    let sound = output.fileHandleForReading.readDataToEndOfFile()
    let words = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, process.terminationReason == .exit else {
      let last = words.split(separator: "\n").last.map { $0.replacing("\(input): ", with: "") }
      throw Failure("\(file): ffmpeg cannot read it: \(last ?? "it gives no reason")", exitCode: 65)
    }
    return [UInt8](sound)
  }
}
