import CSMFiles
import Foundation

extension FFmpeg {
  /// What is longer than ten minutes is measured so far: no line of speech is.
  private static let measuredSecondsMax = 600

  /// The samples of a file as WAV of one channel, at the rate that they have.
  ///
  /// - Parameters:
  ///   - file: where it lies.
  ///   - container: what it was found to be; nothing else is made of it, a playlist least of all.
  /// - Throws: `Failure`, with ffmpeg's last words.
  package func samples(of file: String, _ container: AudioInfo.Container) throws -> [UInt8] {
    try inFolder { folder in
      try run(
        on: file, as: container.demuxer, for: file,
        ["-t", "\(Self.measuredSecondsMax)", "-ac", "1", "-c:a", "pcm_s16le"],
        into: folder.appending(path: "samples.wav"))
    }
  }
}

extension AudioInfo.Container {
  /// What ffmpeg calls it.
  fileprivate var demuxer: String {
    switch self {
    case .m4a: "mov"
    case .webm: "matroska"
    case .wav, .mp3, .ogg, .flac, .aiff, .caf, .amr: rawValue
    }
  }
}
