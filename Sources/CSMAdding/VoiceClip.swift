import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// A clip and its transcript, to be added as a voice.
package struct VoiceClip {
  /// Whether the clip is suitable.
  package let check: ClipCheck
  private let sound: Sound
  private let transcript: String

  /// - Parameters:
  ///   - sound: the clip at any rate.
  ///   - words: the words spoken in it.
  /// - Throws: `Failure` if the words cannot be sent.
  package init(_ sound: Sound, words: String) throws {
    transcript = try Self.transcript(words)
    self.sound = sound.resampled(to: ClipCheck.rate)
    check = ClipCheck(self.sound, transcript: transcript)
  }

  /// The words on one line, in Unicode normalization form C.
  private static func transcript(_ words: String) throws -> String {
    let line = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .precomposedStringWithCanonicalMapping
    guard Printable.line(line) == line else {
      throw Failure("the words of the clip contain unprintable characters", .badInput)
    }
    return line
  }

  /// The rate of speech, and what is usual.
  package var pace: String {
    "\(Figures.count(check.characters, "character")) in "
      + "\(Figures.seconds(milliseconds: check.milliseconds)) are "
      + "\(String(format: "%.1f", check.pace)) per second; people speak 8 to 22"
  }

  /// Adds the voice; durable on return.
  ///
  /// - Throws: `Failure` if another voice has the name.
  package func keep(
    as name: String, consent: String?, in workplace: Workplace
  ) throws -> VoiceRow {
    let name = name.precomposedStringWithCanonicalMapping
    let (addition, rows) = try workplace.writing { table in
      let stored = try AudioStore(root: workplace.state.path).put(clip: sound.wav)
      let voice = Voice(
        name: name, clip: stored.digest, transcript: transcript, consent: consent)
      let now = Workplace.now()
      return (try table.add(voice, clip: stored, at: now), try table.voiceRows(at: now))
    }
    if case .taken(let other) = addition {
      throw Failure(
        "there is already a voice \(other.name) with another clip or other words: use another name, or "
          + "first run csm-enqueue voice remove \(ShellWord.quoted(other.name))", .cannotCreate)
    }
    guard let row = rows.first(where: { $0.voice.isNamed(name) }) else {
      throw Failure("the voice \(name) was removed in the meantime", .incomplete)
    }
    return row
  }
}
