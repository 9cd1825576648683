import CSMFiles
import Foundation

extension FFmpeg {
  /// Only the first ten minutes are measured; no line of speech is that long.
  private static let measuredSecondsMax = 600

  /// Decodes a file to mono WAV at its own rate.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - container: its detected format.
  /// - Throws: `Failure` with ffmpeg's last message.
  package func samples(of file: String, _ container: AudioInfo.Container) throws -> [UInt8] {
    try inFolder { folder in
      try run(
        on: file, ["-f", container.demuxer], for: file,
        ["-t", "\(Self.measuredSecondsMax)", "-ac", "1", "-c:a", "pcm_s16le"],
        into: folder.appending(path: "samples.wav"))
    }
  }
}

extension AudioInfo.Container {
  /// The name of ffmpeg's demuxer.
  var demuxer: String {
    switch self {
    case .m4a: "mov"
    case .webm: "matroska"
    case .wav, .mp3, .ogg, .flac, .aiff, .caf, .amr: rawValue
    }
  }
}
