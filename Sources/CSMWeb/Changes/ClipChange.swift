import CSMAdding
import CSMCore
import CSMFiles
import CSMReports
import CSMWorkplace

/// Checks a clip that the page sent, and keeps it as a voice if asked to.
struct ClipChange: Sendable {
  let bytes: [UInt8]
  let name: String
  let words: String
  let consent: String?
  let isKept: Bool

  /// The largest clip in bytes; the page sends at most 31 s at 24 kHz.
  static let bytesMax = 4 << 20

  func make(in workplace: Workplace) throws -> JSONObject {
    guard Voice.isValid(name: name) else { throw Failure(Voice.nameRule, .usage) }
    let sound: Sound
    do {
      sound = try Sound.read(wav: bytes).sound
    } catch let fault as AudioFault {
      throw Failure("this clip cannot be read: \(fault)", .badInput)
    }
    let clip = try VoiceClip(sound, words: words)
    let check = clip.check
    let isGood = check.faults.isEmpty && check.isPlausible
    let kept = isKept && isGood ? try clip.keep(as: name, consent: consent, in: workplace) : nil
    return [
      "faults": check.faults + (check.isPlausible ? [] : [clip.pace]), "warnings": check.warnings,
      "seconds": Double(check.milliseconds) / 1000, "pace": check.pace, "level_db": check.level,
      "is_good": isGood, "kept": kept?.json(),
    ]
  }
}
