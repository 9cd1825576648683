import CSMCore

/// Resolves each turn's speaker to a voice, and collects what is reported once per file, such as unknown
/// speakers.
struct Casting {
  /// Who speaks a turn.
  struct Actor: Equatable {
    /// The name in the file; nil if the file gives a number or nothing.
    var name: String?
    var voice: Voice?
    /// The speaker id requested by the file or the cast; nil for the next free one.
    var speakerID: Int?

    /// Whether both are the same speaker to CSM, and share one clip.
    ///
    /// Actors with the same voice are, unless they were given different ids.
    func sounds(like other: Actor) -> Bool {
      guard speakerID == other.speakerID, voice == other.voice else { return false }
      return voice != nil || name == other.name
    }
  }

  private var cast: Cast
  /// Names with a role from outside the file, which takes precedence over the file's own roles.
  private let given: Set<String>
  private let speakerID: Int
  private let isDialogue: Bool

  /// The scene being read turn by turn.
  private var scene: Entry.Scene?
  /// The number of the current turn in `scene`, from 1.
  private(set) var turn = 0
  var sceneIDs = SpeakerIDs()

  private var speaking = Mentions()
  private var unknown = Mentions()
  private var unknownVoices = Mentions()
  private var voiceless = Mentions()
  /// The first line with a speaker id that none of CSM's examples use.
  private var highID: Int?
  /// The first line whose context clips are longer than recommended.
  private var longContext: Int?

  init(cast: Cast, speakerID: Int, isDialogue: Bool) {
    self.cast = cast
    given = Set(cast.names)
    self.speakerID = speakerID
    self.isDialogue = isDialogue
  }

  /// Assigns a role that the file itself defines, unless the name already has one from outside.
  ///
  /// - Returns: what is wrong; nil on success.
  mutating func assign(_ name: String, _ voice: String) -> String? {
    guard !given.contains(SpokenText.composed(name)) else { return nil }
    return cast.assign(name, Cast.Role(voice: voice))
  }

  /// Counts the next turn of a scene.
  mutating func enter(_ next: Entry.Scene) {
    if scene != next {
      scene = next
      turn = 0
      sceneIDs = SpeakerIDs()
    }
    turn += 1
  }

  /// The speaker's name as written in the file; nil if there is none.
  func name(of turn: Entry.Turn?) -> String? {
    if case .name(let name) = turn?.speaker { name } else { nil }
  }

  /// Who speaks a turn; nil if the name or the voice is unknown, which is noted for `explanations()`.
  mutating func actor(of turn: Entry.Turn) -> Actor? {
    var actor = Actor()
    switch turn.speaker {
    case .name(let name):
      guard let role = role(of: name) else {
        unknown.note(name, line: turn.line)
        return nil
      }
      actor.name = name
      actor.speakerID = role.speakerID
      actor.voice = role.voice.flatMap(cast.voice(named:))
    case .id(let id):
      actor.speakerID = id
      actor.voice = cast.fallbackVoice
    case nil:
      actor.speakerID = speakerID
      actor.voice = cast.fallbackVoice
    }
    if let name = turn.voice {
      guard let voice = voice(named: name, line: turn.line) else { return nil }
      actor.voice = voice
    }
    return actor
  }

  /// A voice that the file names; nil if there is none, which is noted for `explanations()`.
  mutating func voice(named name: String, line: Int) -> Voice? {
    if let voice = cast.voice(named: name) { return voice }
    unknownVoices.note(name, line: line)
    return nil
  }

  /// Without a cast, any name in a table is accepted; in a dialogue, it may be a mistake.
  private func role(of name: String) -> Cast.Role? {
    cast.role(of: name) ?? (isDialogue || cast.hasRoles ? nil : Cast.Role(voice: nil))
  }

  // MARK: Reported once per file

  mutating func noteUnusual(_ request: SpeechRequest, line: Int) {
    if highID == nil,
      request.scene.contains(where: { !SpeechLimits.usualSpeakerIDs.contains($0.speakerID) })
    {
      highID = line
    }
    if longContext == nil, request.context.count > 1 {
      let extent = request.context.reduce(into: SpeechExtent()) {
        $0 += SpeechExtent(clip: $1.prompt)
      }
      if extent.milliseconds > SpeechLimits.contextMillisecondsMax { longContext = line }
    }
  }

  mutating func noteSpeaker(of turn: Composer.CastTurn) {
    guard let name = turn.actor.name else { return }
    speaking.note(turn.actor.voice.map { "\(name) = \($0.name)" } ?? name, line: turn.turn.line)
  }

  /// The speakers so far, such as `Anna = anna`, with their numbers of turns.
  var speakers: [(part: String, turns: Int)] {
    speaking.names.map { ($0.name, $0.entry.count) }
  }

  mutating func noteMissingVoice(of turn: Composer.CastTurn) {
    voiceless.note(turn.actor.name ?? "", line: turn.turn.line)
  }

  /// One rejection for each unknown name, and for each unknown voice.
  func explanations() -> [Rejection] {
    var explanations = unknownVoices.names.map { name, entry in
      Rejection(line: entry.lines.first ?? 1, .voice, cast.unknown(voice: name, at: entry.where))
    }
    if let more = unknownVoices.more {
      explanations.append(Rejection(line: more, .voice, "there are more unknown voices"))
    }
    for (name, entry) in unknown.names {
      let near = Spelling.nearest(to: name, among: cast.names).map { " Did you mean \($0)?" } ?? ""
      let plain = isDialogue ? "; if this is not a turn, write \\\(name): …" : ""
      explanations.append(
        Rejection(
          line: entry.lines.first ?? 1, .cast,
          "\"\(name)\" is not in the cast (\(entry.where)).\(near) Use --voice "
            + "\(ShellWord.quoted("\(name)=VOICE")), add it to the cast, or accept anybody with --cast auto\(plain)"
        ))
    }
    if let more = unknown.more {
      explanations.append(Rejection(line: more, .cast, "there are more unknown names"))
    }
    return explanations
  }

  func warnings() -> [Warning] {
    var warnings = missingVoices()
    if let highID {
      warnings.append(
        Warning(
          line: highID, column: 1, code: "W-SPEAKER",
          text:
            "none of CSM's examples use speaker ids above \(SpeechLimits.usualSpeakerIDs.upperBound), "
            + "found here and perhaps later in the file"))
    }
    if let longContext {
      warnings.append(
        Warning(
          line: longContext, column: 1, code: "W-CONTEXT",
          text: "the context clips are longer than \(SpeechLimits.contextMillisecondsMax / 1000) s "
            + "in total, here and perhaps later in the file")
      )
    }
    return warnings
  }

  /// One warning for all speakers without a voice.
  private func missingVoices() -> [Warning] {
    guard let first = voiceless.names.first?.entry.lines.first else { return [] }
    let names = voiceless.names.prefix(8).map { name, entry in
      (name.isEmpty ? "turns without a speaker" : name) + " (\(entry.count))"
    }
    let more = voiceless.names.count > 8 ? " and more" : ""
    return [
      Warning(
        line: first, column: 1, code: "W-NOVOICE",
        text:
          "no voice for \(names.joined(separator: ", "))\(more): each request is spoken by a different "
          + "stranger. Add a voice with csm-enqueue voice add, then choose it with --voice or --cast"
      )
    ]
  }
}

/// Counts names and remembers the first lines of each; both are capped.
private struct Mentions {
  struct Entry {
    var lines: [Int] = []
    var count = 0

    /// Such as `3 times, on lines 41, 57, 90`.
    var `where`: String {
      let places = lines.map(String.init).joined(separator: ", ")
      return count == 1
        ? "line \(places)"
        : "\(count) times, on lines \(places)\(count > lines.count ? ", …" : "")"
    }
  }

  private static let namesMax = 200
  private static let linesMax = 8

  private(set) var names: [(name: String, entry: Entry)] = []
  private var places: [String: Int] = [:]
  /// The line of the first name beyond `namesMax`.
  private(set) var more: Int?

  mutating func note(_ name: String, line: Int) {
    guard let place = places[name] ?? added(name) else {
      more = more ?? line
      return
    }
    names[place].entry.count += 1
    if names[place].entry.lines.count < Self.linesMax { names[place].entry.lines.append(line) }
  }

  private mutating func added(_ name: String) -> Int? {
    guard names.count < Self.namesMax else { return nil }
    places[name] = names.count
    names.append((name, Entry()))
    return names.count - 1
  }
}
