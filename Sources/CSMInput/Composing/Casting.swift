import CSMCore

/// Finds the voice of whoever speaks, and remembers whom nobody knows.
struct Casting {
  /// Who speaks a turn.
  struct Actor: Equatable {
    /// The name in the file; nil where a number or nothing stands there.
    var name: String?
    var voice: Voice?
    /// The speaker id that the file or the cast asks for; nil for the next free one.
    var speakerID: Int?

    /// Whether both are one speaker to CSM, and need one clip.
    ///
    /// That is who has the same voice, unless somebody gave them ids.
    func sounds(like other: Actor) -> Bool {
      guard speakerID == other.speakerID, voice == other.voice else { return false }
      return voice != nil || name == other.name
    }
  }

  private var cast: Cast
  /// Names with a part from outside of the file, which goes before what the file says.
  private let given: Set<String>
  private let speakerID: Int
  private let isDialogue: Bool

  /// The scene that is being read turn by turn, and how far.
  private var scene: Entry.Scene?
  private(set) var turn = 0
  var sceneIDs = SpeakerIDs()

  private var speaking = Roll()
  private var unknown = Roll()
  private var voiceless = Roll()
  /// The first line with a speaker id that CSM's examples do not have.
  private var highID: Int?
  /// The first line with more clips than are good for it.
  private var longContext: Int?

  init(cast: Cast, speakerID: Int, isDialogue: Bool) {
    self.cast = cast
    given = Set(cast.names)
    self.speakerID = speakerID
    self.isDialogue = isDialogue
  }

  /// Gives the part that the file itself has for a name.
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

  /// The name of who speaks a turn, as the file has it.
  func name(of turn: Entry.Turn?) -> String? {
    if case .name(let name) = turn?.speaker { name } else { nil }
  }

  /// Who speaks a turn; nil, and noted, when nobody knows the name.
  mutating func actor(of turn: Entry.Turn) throws(Composer.Trouble) -> Actor? {
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
      guard let voice = cast.voice(named: name) else {
        throw .rejected(
          Rejection(
            line: turn.line, column: turn.column, .voice, cast.unknown(voice: name)))
      }
      actor.voice = voice
    }
    return actor
  }

  /// A table's names need no cast where nobody has given one; in a dialogue, a name may be a mistake.
  private func role(of name: String) -> Cast.Role? {
    cast.role(of: name) ?? (isDialogue || cast.hasRoles ? nil : Cast.Role(voice: nil))
  }

  // MARK: At the end of the file

  /// Notes what is told once for a whole file.
  mutating func note(_ request: SpeechRequest, line: Int) {
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

  /// Notes who speaks a turn, if that has a name.
  mutating func note(_ turn: Composer.CastTurn) {
    guard let name = turn.actor.name else { return }
    speaking.note(turn.actor.voice.map { "\(name) = \($0.name)" } ?? name, line: turn.turn.line)
  }

  /// Who spoke so far, as `Anna = anna`, and how many turns.
  var speakers: [(part: String, turns: Int)] {
    speaking.names.map { ($0.name, $0.entry.count) }
  }

  /// Notes a turn that is spoken without a voice.
  mutating func note(silent turn: Composer.CastTurn) {
    voiceless.note(turn.actor.name ?? "", line: turn.turn.line)
  }

  /// One for each name that nobody knows.
  func explanations() -> [Rejection] {
    var explanations: [Rejection] = []
    for (name, entry) in unknown.names {
      let near = Spelling.nearest(to: name, among: cast.names).map { " Did you mean \($0)?" } ?? ""
      let plain = isDialogue ? "; for words that are no turn write \\\(name): …" : ""
      explanations.append(
        Rejection(
          line: entry.lines.first ?? 1, .cast,
          "\"\(name)\" is not in the cast (\(entry.where)).\(near) Say --voice "
            + "\(ShellWord.quoted("\(name)=VOICE")), add it to the cast, or take anybody with --cast auto\(plain)"
        ))
    }
    if let more = unknown.more {
      explanations.append(Rejection(line: more, .cast, "there are more names that nobody knows"))
    }
    return explanations
  }

  /// What is told once for a whole file.
  func warnings() -> [Warning] {
    var warnings = silence()
    if let highID {
      warnings.append(
        Warning(
          line: highID, column: 1, code: "W-SPEAKER",
          text:
            "speaker ids above \(SpeechLimits.usualSpeakerIDs.upperBound) stand in none of CSM's examples, "
            + "here or later in the file"))
    }
    if let longContext {
      warnings.append(
        Warning(
          line: longContext, column: 1, code: "W-CONTEXT",
          text: "the clips of the context take more than "
            + "\(SpeechLimits.contextMillisecondsMax / 1000) s together, here or later in the file")
      )
    }
    return warnings
  }

  /// One for all who have no voice.
  private func silence() -> [Warning] {
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
          + "stranger. Add a voice with csm-enqueue voice add, then name it with --voice or --cast"
      )
    ]
  }
}

/// Names, with where they stand: the first few lines and how many; so many names and no more.
private struct Roll {
  struct Entry {
    var lines: [Int] = []
    var count = 0

    /// `3 times, on the lines 41, 57, 90`.
    var `where`: String {
      let places = lines.map(String.init).joined(separator: ", ")
      return count == 1
        ? "line \(places)"
        : "\(count) times, on the lines \(places)\(count > lines.count ? ", …" : "")"
    }
  }

  private static let namesMax = 200
  private static let linesMax = 8

  private(set) var names: [(name: String, entry: Entry)] = []
  private var places: [String: Int] = [:]
  /// The line of the first name that found no room.
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
