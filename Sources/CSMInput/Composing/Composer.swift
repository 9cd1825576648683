import CSMCore

/// Turns the entries of a file into requests: prepares the words, gives speakers their voices, and splits
/// scenes that are too long for CSM.
package struct Composer {
  /// Apply to a whole file.
  package struct Options: Sendable {
    package var cast = Cast(voices: [])
    /// The speaker id of turns without a speaker.
    package var speakerID = 0
    /// Whether each turn becomes a request, instead of each scene.
    package var isPerTurn = false
    /// How many preceding turns each turn hears; speakers then keep their ids throughout a scene.
    package var chain = 0
    /// Cuts long turns; nil leaves them whole.
    package var splitter: Splitter? = Splitter()
    /// Whether typography is made plain.
    package var isNormalised = true
    package var respelling = Respelling()
    /// Whether to warn of everything that CSM may misspeak.
    package var isThorough = false
    /// Whether an unknown speaker may be plain text that looks like a turn.
    package var isDialogue = false

    package init() {}
  }

  /// What a piece of the file becomes.
  package enum Result: Sendable, Equatable {
    case line(SpokenLine)
    case blank
    case skipped
    case rejection(Rejection)
    /// Rejected for a reason that `finish` reports once for all such entries.
    case refused
    /// The id of what was rejected or refused: another line with this id must not be taken for it.
    case unspoken(id: String)
    /// The reason for `refused` entries.
    case explanation(Rejection)
    case warning(Warning)
  }

  let options: Options
  var casting: Casting
  private var scene: PendingScene?

  package init(_ options: Options) {
    self.options = options
    casting = Casting(
      cast: options.cast, speakerID: options.speakerID, isDialogue: options.isDialogue)
  }

  /// A scene that may have further turns.
  private struct PendingScene {
    let scene: Entry.Scene
    var entries: [Entry] = []
    var bytes = 0
    /// A scene with a rejected turn is not queued at all.
    var hasRejection = false
  }

  private static let sceneBytesMax = 4 << 20

  package mutating func take(_ finding: Finding) -> [Result] {
    switch finding {
    case .blank: return [.blank]
    case .directive: return []
    case .skipped: return [.skipped]
    case .warning(let warning): return [.warning(warning)]
    case .rejection(let rejection, let scene):
      guard let scene, !options.isPerTurn else { return [.rejection(rejection)] }
      let closed = open(scene)
      self.scene?.hasRejection = true
      return closed + [.rejection(rejection)]
    case .incomplete(let scene):
      guard !options.isPerTurn else { return [] }
      let closed = open(scene)
      self.scene?.hasRejection = true
      return closed
    case .role(let name, let voice, let line):
      guard let reason = casting.assign(name, voice) else { return [] }
      return [.rejection(Rejection(line: line, .voice, reason))]
    case .entry(let entry):
      guard let scene = entry.scene else { return closeScene() + composed(entry) }
      if options.isPerTurn { return perTurn(entry, in: scene) }
      return open(scene) + keep(entry)
    }
  }

  /// The speakers with their numbers of turns: `Anna = anna` with a voice, `Anna` without.
  package var speakers: [(part: String, turns: Int)] { casting.speakers }

  /// Closes the last scene, and reports what is reported once per file.
  package mutating func finish() -> [Result] {
    closeScene() + casting.explanations().map(Result.explanation)
      + casting.warnings().map(Result.warning)
  }

  // MARK: Scenes of several entries

  private mutating func open(_ next: Entry.Scene) -> [Result] {
    guard scene?.scene != next else { return [] }
    let closed = closeScene()
    scene = PendingScene(scene: next)
    return closed
  }

  private mutating func keep(_ entry: Entry) -> [Result] {
    scene?.bytes += entry.turns.reduce(0) { $0 + $1.text.utf8.count + 64 }
    if let scene, scene.bytes > Self.sceneBytesMax {
      self.scene?.entries = []
      self.scene?.hasRejection = true
      guard !scene.hasRejection else { return [] }
      return [
        .rejection(
          Rejection(
            line: entry.line, .budget,
            "the scene \(scene.scene.id) is longer than 4 MiB: begin another, or use --per-turn"))
      ]
    }
    scene?.entries.append(entry)
    return []
  }

  private mutating func closeScene() -> [Result] {
    guard let closing = scene else { return [] }
    scene = nil
    let unspoken = closing.hasRejection ? [Result.unspoken(id: closing.scene.id)] : []
    guard let first = closing.entries.first else { return unspoken }
    if closing.hasRejection {
      return unspoken + [
        .rejection(
          Rejection(
            line: first.line, .syntax,
            "the scene \(closing.scene.id) is not queued because one of its lines cannot be read: fix that "
              + "line and add the file again, which adds only this scene"))
      ]
    }
    var whole = first
    whole.id = closing.scene.id
    whole.turns = closing.entries.flatMap(\.turns)
    whole.context = closing.entries.flatMap(\.context)
    whole.takes = closing.entries.map(\.takes).max() ?? 1
    whole.meta = Self.meta(of: closing.entries)
    return composed(whole)
  }

  /// The meta of a scene's rows, in order.
  private static func meta(of entries: [Entry]) -> String? {
    guard entries.contains(where: { $0.meta != nil }) else { return nil }
    return "{\"turns\":[" + entries.map { $0.meta ?? "{}" }.joined(separator: ",") + "]}"
  }

  // MARK: One entry

  private mutating func composed(_ entry: Entry) -> [Result] {
    let isPerTurn = entry.turns.count > 1 && (entry.isPerTurn ?? options.isPerTurn)
    guard isPerTurn else { return together(entry) }
    let scene = Entry.Scene(number: -entry.line, id: entry.id ?? "L\(entry.line)")
    return entry.turns.flatMap { turn in
      var single = entry
      single.line = turn.line
      single.id = nil
      single.turns = [turn]
      return perTurn(single, in: scene)
    }
  }

  /// A turn of a scene as a request of its own.
  private mutating func perTurn(_ entry: Entry, in scene: Entry.Scene) -> [Result] {
    casting.enter(scene)
    var entry = entry
    let number = casting.turn
    if entry.id == nil { entry.id = entry.turns.first?.id }
    if entry.id == nil {
      let name = Self.nameInID(casting.name(of: entry.turns.first))
      entry.id = "\(scene.id)/\(number.padded(to: 3))\(name)"
    }
    return together(entry, in: scene.id, turn: number)
  }

  /// A speaker's name as the end of an id.
  private static func nameInID(_ name: String?) -> String {
    guard let name else { return "" }
    return "-" + Printable.line(String(name.prefix(40))).replacing("/", with: "_")
  }

  /// All turns of an entry in as few requests as possible.
  private mutating func together(_ entry: Entry, in scene: String? = nil, turn: Int? = nil)
    -> [Result]
  {
    var results: [Result] = []
    do {
      let parts = try parts(of: entry, isTurn: turn != nil, &results)
      for (index, part) in parts.enumerated() {
        var line = SpokenLine(number: entry.line, id: entry.id, request: part.request)
        if parts.count > 1 { line.suffix = index < 9 ? ".0\(index + 1)" : ".\(index + 1)" }
        line.text = part.text == part.request.text ? nil : part.text
        line.speaker = part.speaker
        line.voice = part.voice
        line.scene = scene ?? entry.scene?.id
        line.turn = turn
        line.meta = entry.meta
        for version in 1...max(1, entry.takes) {
          var take = line
          take.version = version
          if version > 1 { take.suffix += ".t\(version)" }
          results.append(.line(take))
        }
      }
    } catch {
      if let id = entry.id { results.append(.unspoken(id: id)) }
      switch error {
      case .unknownSpeaker: results.append(.refused)
      case .rejected(let rejection): results.append(.rejection(rejection))
      }
    }
    return results
  }
}
