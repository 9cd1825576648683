import CSMCore
import CSMFiles
import CSMSQLite
import CSMWorkplace
import Foundation

/// A clip with its words, on its way to be a voice.
package struct VoiceClip {
  /// Whether it will do.
  package let check: ClipCheck
  private let sound: Sound
  private let transcript: String

  /// - Parameters:
  ///   - sound: as its author holds it.
  ///   - words: those spoken in it.
  /// - Throws: `Failure` where the words cannot be sent.
  package init(_ sound: Sound, words: String) throws {
    transcript = try Self.transcript(words)
    self.sound = sound.resampled(to: ClipCheck.rate)
    check = ClipCheck(self.sound, transcript: transcript)
  }

  /// The words, in one line.
  private static func transcript(_ words: String) throws -> String {
    let line = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .precomposedStringWithCanonicalMapping
    guard Printable.line(line) == line else {
      throw Failure("the words of the clip hold characters that cannot be printed", .badInput)
    }
    return line
  }

  /// What the length of the clip says of its words.
  package var pace: String {
    "\(Figures.count(check.characters, "character")) in "
      + "\(Figures.seconds(milliseconds: check.milliseconds)) are "
      + "\(String(format: "%.1f", check.pace)) a second, and people speak 8 to 22"
  }

  /// Takes it up as a voice; durable on return.
  ///
  /// - Throws: `Failure` where another voice has the name.
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
        "there is a voice \(other.name) already, with another clip or other words: give another name, "
          + "or first csm-enqueue voice remove \(ShellWord.quoted(other.name))", .cannotCreate)
    }
    guard let row = rows.first(where: { $0.voice.isNamed(name) }) else {
      throw Failure("the voice \(name) was removed meanwhile", .incomplete)
    }
    return row
  }
}
