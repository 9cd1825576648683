import CSMWorkplace
import Foundation

extension FFmpeg {
  /// The integrated loudness of a sound in LUFS (EBU R128); nil if all of it is silence.
  ///
  /// - Parameters:
  ///   - rate: in samples per second.
  ///   - feed: passes the sound on in pieces, as 16-bit mono samples.
  /// - Throws: `Failure`, and what `feed` throws.
  package func loudness(
    rate: Int, for name: String, _ feed: (_ piece: ([UInt8]) throws -> Void) throws -> Void
  ) throws -> Double? {
    // If ffmpeg ends early, writing to it must fail instead of raising a signal.
    signal(SIGPIPE, SIG_IGN)
    let samples = Pipe()
    let (process, messages) = try start(
      [
        "-nostdin", "-v", "info", "-nostats", "-hide_banner", "-f", "s16le", "-ar", "\(rate)",
        "-ac", "1", "-i", "pipe:0", "-af", "ebur128=framelog=verbose", "-f", "null", "-",
      ], input: samples)
    defer { process.waitUntilExit() }
    let input = samples.fileHandleForWriting
    do {
      // If ffmpeg has ended, its messages say why.
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
    let text = String(decoding: messages.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // From the summary at the end: `I: -23.0 LUFS`.
    guard process.terminationStatus == 0,
      let found = text.matches(of: /I: +(-?[0-9.]+|-inf|nan) LUFS/).last
    else {
      throw Failure("\(name): ffmpeg cannot measure its loudness", Self.badInput)
    }
    // Silence measures -70 LUFS, the gate of EBU R128.
    return Double(found.1).flatMap { $0 > -69 ? $0 : nil }
  }
}
