import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// How loud each voice is, over all of its lines: one gain makes it as loud as it is to be, so that it
/// stays even from line to line.
///
/// What was measured is kept with the folder, by the lines that it was measured of: as long as these are the
/// same, no audio is read.
struct VoiceLoudness {
  let maker: Maker
  let made: MadeFiles
  let batch: String
  let isStopped: () -> Bool

  /// CSM's own rate, at which all is measured.
  private static let rate = 24_000

  /// Gains are multiples of it, in decibels: nobody hears less, and a line more changes no other file.
  private static let step = 0.5

  /// Who is heard: what lines are measured together by.
  static func voice(of line: LineRow) -> String { line.voice ?? line.speaker ?? "" }

  /// What makes each voice as loud as wanted, in decibels; nothing for one that is silent.
  func gains(
    _ lines: BatchLines, isWanted: (LineRow) -> Bool, target: Double
  ) throws -> [String: Double] {
    var sounds: [String: [Sound]] = [:]
    try lines.each { line, _ in
      guard let digest = line.digest, isWanted(line) else { return }
      sounds[Self.voice(of: line), default: []].append(Sound(digest: digest, ext: line.ext))
    }
    var gains: [String: Double] = [:]
    for (voice, sounds) in sounds.sorted(by: { $0.key < $1.key }) {
      guard !isStopped(), let loudness = try loudness(of: voice, sounds) else { continue }
      gains[voice] = ((target - loudness) / Self.step).rounded() * Self.step
    }
    return gains
  }

  /// A stored sound.
  private struct Sound {
    let digest: Digest
    let ext: String
  }

  private func loudness(of voice: String, _ sounds: [Sound]) throws -> Double? {
    let measured = Digest(of: sounds.flatMap { Array($0.digest.hex.utf8) }).hex
    if let known = made.loudness(of: voice, batch), known.measured == measured { return known.lufs }
    guard let ffmpeg = maker.ffmpeg else { return nil }
    let lufs = try ffmpeg.loudness(rate: Self.rate, for: voice) { piece in
      for sound in sounds {
        guard !isStopped() else { return }
        // What is lost or damaged is told of when its turn comes.
        guard let sound = try? maker.sound(of: sound.digest, ext: sound.ext, for: voice) else {
          continue
        }
        try piece(sound.resampled(to: Self.rate).pcm)
      }
    }
    if !isStopped() {
      made.remember(MadeFiles.Loudness(batch: batch, voice: voice, measured: measured, lufs: lufs))
    }
    return lufs
  }
}
