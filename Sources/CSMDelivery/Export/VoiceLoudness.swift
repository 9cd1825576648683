import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite
import CSMWorkplace

/// The loudness of each voice over all of its lines.
///
/// One gain for the voice keeps it even from line to line. Measurements are kept in the export's folder,
/// with the lines that they are of; as long as these are the same, no audio is read.
struct VoiceLoudness {
  let maker: Maker
  let made: MadeFiles
  let batch: String
  let isStopped: () -> Bool

  /// CSM's own rate, at which everything is measured.
  private static let rate = 24_000

  /// Gains are multiples of this, in decibels.
  ///
  /// A smaller step cannot be heard, and with this one a further line rarely changes the other files.
  private static let step = 0.5

  /// The voice or speaker whose lines are measured together.
  static func voice(of line: LineRow) -> String { line.voice ?? line.speaker ?? "" }

  /// The gain that makes each voice as loud as wanted, in decibels; none for a silent voice.
  ///
  /// Nil if the export was stopped before all voices were measured.
  func gains(_ lines: BatchLines, target: Double) throws -> [String: Double]? {
    var sounds: [String: [StoredSound]] = [:]
    try lines.each { line, _ in
      guard let digest = line.digest, lines.isWanted(line) else { return }
      sounds[Self.voice(of: line), default: []].append(
        StoredSound(digest: digest, ext: line.ext))
    }
    var gains: [String: Double] = [:]
    for (voice, sounds) in sounds.sorted(by: { $0.key < $1.key }) {
      guard let measured = try loudness(of: voice, sounds) else { return nil }
      guard let lufs = measured.lufs else { continue }
      gains[voice] = ((target - lufs) / Self.step).rounded() * Self.step
    }
    return gains
  }

  /// A stored sound.
  private struct StoredSound {
    let digest: Digest
    let ext: String
  }

  /// The loudness of a voice; nil if the export was stopped before all of it was measured.
  private func loudness(
    of voice: String, _ sounds: [StoredSound]
  ) throws -> MadeFiles.Loudness? {
    let measured = Digest(of: sounds.map(\.digest.hex).joined()).hex
    if let known = made.loudness(of: voice, batch), known.measured == measured { return known }
    guard !isStopped() else { return nil }
    let lufs: Double?
    do {
      lufs = try maker.demandFFmpeg().loudness(rate: Self.rate, for: voice) { piece in
        for sound in sounds {
          guard !isStopped() else { return }
          // Lost or damaged audio is reported when its line is exported.
          guard let sound = try? maker.sound(of: sound.digest, ext: sound.ext, for: voice) else {
            continue
          }
          try piece(sound.resampled(to: Self.rate).pcm)
        }
      }
    } catch is Failure where isStopped() {
      // Ctrl-C also ends ffmpeg.
      return nil
    }
    guard !isStopped() else { return nil }
    let loudness = MadeFiles.Loudness(batch: batch, voice: voice, measured: measured, lufs: lufs)
    made.remember(loudness)
    return loudness
  }
}
