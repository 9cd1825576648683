import CSMWorkplace
import Foundation

extension FFmpeg {
  /// How loud a sound is as a whole, in LUFS (EBU R128); nil where all of it is silence.
  ///
  /// - Parameters:
  ///   - rate: samples a second.
  ///   - feed: hands over the sound, 16 bits a sample, one channel, in pieces.
  /// - Throws: `Failure`, and what `feed` throws.
  package func loudness(
    rate: Int, for name: String, _ feed: (_ piece: ([UInt8]) throws -> Void) throws -> Void
  ) throws -> Double? {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.environment = Self.environment
    process.arguments = [
      "-nostdin", "-v", "info", "-nostats", "-hide_banner", "-f", "s16le", "-ar", "\(rate)", "-ac",
      "1", "-i", "pipe:0", "-af", "ebur128=framelog=verbose", "-f", "null", "-",
    ]
    let (samples, words) = (Pipe(), Pipe())
    process.standardInput = samples
    process.standardOutput = FileHandle.nullDevice
    process.standardError = words
    // Once ffmpeg ends early, writing to it is an error and no signal.
    signal(SIGPIPE, SIG_IGN)
    do {
      try process.run()
    } catch {
      throw Failure("\(path) cannot be run: \(error.localizedDescription)", .unavailable)
    }
    defer { process.waitUntilExit() }
    let input = samples.fileHandleForWriting
    do {
      // Where ffmpeg has ended, its words say why.
      var isListening = true
      try feed { piece in
        guard isListening else { return }
        do { try input.write(contentsOf: piece) } catch { isListening = false }
      }
      try? input.close()
    } catch {
      try? input.close()
      process.terminate()
      throw error
    }
    let text = String(decoding: words.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // The summary at the end: `I: -23.0 LUFS`.
    guard process.terminationStatus == 0,
      let found = text.matches(of: /I: +(-?[0-9.]+|-inf|nan) LUFS/).last
    else {
      throw Failure("\(name): ffmpeg cannot tell how loud it is", Self.badInput)
    }
    // Its floor is what silence measures.
    return Double(found.1).flatMap { $0 > -69 ? $0 : nil }
  }
}
