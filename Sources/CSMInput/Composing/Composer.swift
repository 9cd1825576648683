import CSMCore

/// Makes what is sent out of what a file says: the words that CSM gets, speakers with their voices,
/// scenes that are no longer than it can take.
package struct Composer {
  /// How it is to be done; the same for all of a file.
  package struct Options: Sendable {
    package var cast = Cast(voices: [])
    /// The speaker id of turns that name nobody.
    package var speakerID = 0
    /// Each turn is a request of its own, and not each scene.
    package var isPerTurn = false
    /// How many turns before it a turn is to hear; their speakers must have the same ids then.
    package var chain = 0
    /// Cuts long turns; nil to leave them as they are.
    package var splitter: Splitter? = Splitter()
    /// Whether typography is brought into plain forms.
    package var isNormalised = true
    package var respelling = Respelling()
    /// Whether everything is named that CSM may speak wrong.
    package var isThorough = false
    /// Whether an unknown speaker may be a line that was taken for a turn.
    package var isDialogue = false

    package init() {}
  }

  /// What became of a piece of the file.
  package enum Result: Sendable, Equatable {
    case line(SpokenLine)
    case blank
    case skipped
    case rejection(Rejection)
    /// Lines that are not spoken for a reason that `finish` tells for all of them at once.
    case refused
    /// The id of what was rejected or refused: another line of this id must not pass for it.
    case unspoken(id: String)
    /// Tells about lines that were refused before.
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

  /// A scene whose turns are still coming.
  private struct PendingScene {
    let scene: Entry.Scene
    var entries: [Entry] = []
    var bytes = 0
    /// A part of it cannot be spoken, so none of it is.
    var isSpoiled = false
  }

  private static let sceneBytesMax = 4 << 20

  /// Takes what a reader found.
  package mutating func take(_ finding: Finding) -> [Result] {
    switch finding {
    case .blank: return [.blank]
    case .mark: return []
    case .skipped: return [.skipped]
    case .warning(let warning): return [.warning(warning)]
    case .rejection(let rejection, let scene):
      guard let scene, !options.isPerTurn else { return [.rejection(rejection)] }
      let closed = open(scene)
      self.scene?.isSpoiled = true
      return closed + [.rejection(rejection)]
    case .role(let name, let voice, let line):
      guard let reason = casting.assign(name, voice) else { return [] }
      return [.rejection(Rejection(line: line, .voice, reason))]
    case .entry(let entry):
      guard let scene = entry.scene else { return closeScene() + composed(entry) }
      if options.isPerTurn { return perTurn(entry, in: scene) }
      return open(scene) + keep(entry)
    }
  }

  /// Who speaks, as `Anna = anna` with the voice or `Anna` without, and how many turns.
  package var speakers: [(part: String, turns: Int)] { casting.speakers }

  /// Says what is left to be said at the end of the file.
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
      let wasSpoiled = scene.isSpoiled
      self.scene?.isSpoiled = true
      guard !wasSpoiled else { return [] }
      return [
        .rejection(
          Rejection(
            line: entry.line, .budget,
            "the scene \(scene.scene.id) is longer than 4 MiB: begin another, or say --per-turn"))
      ]
    }
    scene?.entries.append(entry)
    return []
  }

  private mutating func closeScene() -> [Result] {
    guard let closing = scene else { return [] }
    scene = nil
    let unspoken = closing.isSpoiled ? [Result.unspoken(id: closing.scene.id)] : []
    guard let first = closing.entries.first else { return unspoken }
    if closing.isSpoiled {
      return unspoken + [
        .rejection(
          Rejection(
            line: first.line, .syntax,
            "the scene \(closing.scene.id) is not queued, since a line of it cannot be read; once that is "
              + "mended, adding the file again adds this scene only"))
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

  /// What the rows of a scene say besides, in their order.
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
      let digits = String(repeating: "0", count: max(0, 3 - "\(number)".count)) + "\(number)"
      entry.id = "\(scene.id)/\(digits)\(Self.nameInID(casting.name(of: entry.turns.first)))"
    }
    return together(entry, in: scene.id, turn: number)
  }

  /// A speaker's name as it stands at the end of an id.
  private static func nameInID(_ name: String?) -> String {
    guard let name else { return "" }
    return "-" + Printable.line(String(name.prefix(40))).replacing("/", with: "_")
  }

  /// All turns of an entry as one request, or as few as can hold them.
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
