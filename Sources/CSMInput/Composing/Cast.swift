import CSMCore

/// Maps the speakers named in a file to voices.
package struct Cast: Sendable {
  /// What a speaker's name stands for.
  package struct Role: Sendable, Equatable {
    /// The name of a voice; nil to speak without one.
    package var voice: String?
    /// The speaker id requested by the author; nil for the next free one.
    package var speakerID: Int?

    package init(voice: String?, speakerID: Int? = nil) {
      self.voice = voice
      self.speakerID = speakerID
    }
  }

  /// Keyed by the names in the file.
  private var roles: [String: Role] = [:]
  /// The voice of everybody else.
  private var fallback: String?
  /// Existing voices by folded name.
  private let voices: [String: Voice]
  /// Whether unknown speakers are accepted, without a voice.
  package var isAutomatic = false

  package init(voices: [Voice]) {
    self.voices = Dictionary(voices.map { (Self.folded($0.name), $0) }) { first, _ in first }
  }

  /// Whether any role was assigned.
  package var hasRoles: Bool { !roles.isEmpty || fallback != nil }

  /// The names with a role, sorted.
  var names: [String] { roles.keys.sorted() }

  /// Assigns a role to a name; `*` means everybody without a role.
  ///
  /// - Returns: what is wrong; nil on success.
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

  /// The message for a voice that does not exist, with a suggestion.
  package func unknown(voice name: String) -> String {
    let hint = nearest(voice: name) ?? Self.command(adding: name)
    return "there is no voice \"\(name)\": \(hint)"
  }

  /// The same, for a voice that a file names.
  ///
  /// - Parameter place: such as `line 7`.
  func unknown(voice name: String, at place: String) -> String {
    let hint =
      nearest(voice: name)
      ?? "add it with \(Self.command(adding: name)), or keep the name of another program's voice in \"meta\""
    return "there is no voice \"\(name)\" (\(place)): \(hint)"
  }

  private func nearest(voice name: String) -> String? {
    Spelling.nearest(to: name, among: voices.values.map(\.name)).map { "did you mean \"\($0)\"?" }
  }

  private static func command(adding name: String) -> String {
    "csm-enqueue voice add \(ShellWord.quoted(name)) CLIP --text WORDS"
  }

  package func voice(named name: String) -> Voice? { voices[Self.folded(name)] }

  /// The role of a name; nil if the name is unknown.
  func role(of name: String) -> Role? {
    if let role = roles[name] { return role }
    if voices[Self.folded(name)] != nil { return Role(voice: name) }
    if fallback != nil { return Role(voice: fallback) }
    return isAutomatic ? Role(voice: nil) : nil
  }

  /// The voice for turns without a speaker's name.
  var fallbackVoice: Voice? { fallback.flatMap(voice(named:)) }

  private static func folded(_ name: String) -> String {
    name.utf8.allSatisfy { $0 < 0x80 } ? name.lowercased() : name
  }
}
