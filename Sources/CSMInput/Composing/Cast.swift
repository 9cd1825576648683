import CSMCore

/// Who speaks with which voice.
package struct Cast: Sendable {
  /// What a name in a file stands for.
  package struct Role: Sendable, Equatable {
    /// The name of a voice; nil for one that has none.
    package var voice: String?
    /// The speaker id that the author wants; nil for the next free one.
    package var speakerID: Int?

    package init(voice: String?, speakerID: Int? = nil) {
      self.voice = voice
      self.speakerID = speakerID
    }
  }

  /// By the names in the file.
  private var roles: [String: Role] = [:]
  /// The voice of everybody else.
  private var fallback: String?
  /// The voices that exist.
  private let voices: [String: Voice]
  /// Whoever is unknown gets a part without a voice.
  package var isAutomatic = false

  package init(voices: [Voice]) {
    self.voices = Dictionary(voices.map { (Self.folded($0.name), $0) }) { first, _ in first }
  }

  /// Whether somebody has said who is who.
  package var hasRoles: Bool { !roles.isEmpty || fallback != nil }

  /// Names that were given a part, for hints.
  var names: [String] { roles.keys.sorted() }

  /// Gives a part; `*` is everybody who has none.
  ///
  /// - Returns: what is wrong; nil when all is well.
  package mutating func assign(_ name: String, _ role: Role) -> String? {
    if let voice = role.voice, self.voice(named: voice) == nil { return unknown(voice: voice) }
    if let id = role.speakerID, !SpeechLimits.speakerIDs.contains(id) {
      return "the speaker_id of \(name) must be from 0 to \(SpeechLimits.speakerIDs.upperBound)"
    }
    if name == "*" {
      fallback = role.voice
    } else {
      roles[SpokenText.composed(name)] = role
    }
    return nil
  }

  /// Why a voice cannot be used, and what to do.
  package func unknown(voice name: String) -> String {
    let near = Spelling.nearest(to: name, among: voices.values.map(\.name))
    let hint =
      near.map { "did you mean \"\($0)\"?" }
      ?? "csm-enqueue voice add \(ShellWord.quoted(name)) CLIP --text WORDS"
    return "there is no voice \"\(name)\": \(hint)"
  }

  package func voice(named name: String) -> Voice? { voices[Self.folded(name)] }

  /// The part of a name; nil when nobody knows it.
  func role(of name: String) -> Role? {
    if let role = roles[name] { return role }
    if voices[Self.folded(name)] != nil { return Role(voice: name) }
    if fallback != nil { return Role(voice: fallback) }
    return isAutomatic ? Role(voice: nil) : nil
  }

  /// The voice of those who have no name.
  var fallbackVoice: Voice? { fallback.flatMap(voice(named:)) }

  private static func folded(_ name: String) -> String {
    name.utf8.allSatisfy { $0 < 0x80 } ? name.lowercased() : name
  }
}
