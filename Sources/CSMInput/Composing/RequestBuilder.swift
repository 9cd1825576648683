import CSMCore

/// Fills requests with turns, and begins another when one is full: context and scene together must fit
/// into CSM's limits.
struct RequestBuilder {
  /// Clips that every request includes.
  let context: [SpeechRequest.Clip]
  private(set) var ids: SpeakerIDs
  private(set) var parts: [Composer.Part] = []

  private let freshIDs: SpeakerIDs
  private let base: SpeechExtent
  private var scene: [SpeechRequest.Turn] = []
  private var extent: SpeechExtent
  private var actors: [(actor: Casting.Actor, id: Int)] = []
  /// The speakers as the author writes them.
  private var names: Set<String?> = []
  private var texts: [String] = []

  init(context: [SpeechRequest.Clip], ids: SpeakerIDs) {
    self.context = context
    self.ids = ids
    freshIDs = ids
    base = context.reduce(into: SpeechExtent()) { $0 += SpeechExtent(clip: $1.prompt) }
    extent = base
  }

  /// Adds a turn, to a new request if the current one is full.
  ///
  /// Only a turn longer than a whole request is split between requests.
  mutating func add(_ turn: Composer.CastTurn) throws(Composer.EntryError) {
    let whole = turn.pieces.reduce(into: SpeechExtent()) {
      $0 += SpeechExtent(turn: $1.unicodeScalars.count)
    }
    if !scene.isEmpty, !fits(whole, turn.actor) { close() }
    if fits(whole, turn.actor) {
      names.insert(turn.turn.speaker?.written)
      texts.append(turn.turn.text)
      for piece in turn.pieces { append(piece, turn.actor, SpeechExtent()) }
      extent += whole
      return
    }
    for piece in turn.pieces {
      let more = SpeechExtent(turn: piece.unicodeScalars.count)
      if !scene.isEmpty, !fits(more, turn.actor) { close() }
      guard fits(more, turn.actor) else {
        throw .rejected(
          Rejection(
            line: turn.turn.line, column: turn.turn.column, .budget,
            "\(piece.unicodeScalars.count) characters in a row are more than CSM can take"
              + (turn.pieces.count == 1 ? ": write them as several sentences" : "")))
      }
      names.insert(turn.turn.speaker?.written)
      texts.append(piece)
      append(piece, turn.actor, more)
    }
  }

  /// Completes the current request, if it has turns.
  mutating func close() {
    guard !scene.isEmpty else { return }
    let given = Set(context.map(\.speakerID))
    let clips = actors.filter { !given.contains($0.id) }.sorted { $0.id < $1.id }
      .compactMap { $0.actor.voice?.context(as: $0.id) }
    parts.append(
      Composer.Part(
        request: SpeechRequest(scene: scene, context: context + clips),
        text: texts.joined(separator: " "), speaker: names.count == 1 ? names.first ?? nil : nil,
        voice: actors.count == 1 ? actors.first?.actor.voice?.name : nil))
    scene = []
    names = []
    texts = []
    actors = []
    extent = base
  }

  /// Whether more words of an actor fit, including the actor's clip if it is not there yet.
  private func fits(_ more: SpeechExtent, _ actor: Casting.Actor) -> Bool {
    var sum = extent + more
    if !actors.contains(where: { $0.actor.sounds(like: actor) }) {
      let isFull = actors.count >= SpeechLimits.speakerIDs.count
      if isFull { return false }
      if let voice = actor.voice { sum += SpeechExtent(clip: voice.transcript) }
    }
    return sum.fits
  }

  private mutating func append(_ piece: String, _ actor: Casting.Actor, _ more: SpeechExtent) {
    extent += more
    let id: Int
    if let known = actors.first(where: { $0.actor.sounds(like: actor) }) {
      id = known.id
    } else {
      if actors.isEmpty, parts.count > 0 { ids = freshIDs }
      id = ids.id(of: actor)
      actors.append((actor, id))
      if let voice = actor.voice { extent += SpeechExtent(clip: voice.transcript) }
    }
    scene.append(SpeechRequest.Turn(text: piece, speakerID: id))
  }
}

/// Assigns ids to speakers in order of appearance.
struct SpeakerIDs {
  /// Ids assigned by the author.
  private var taken: Set<Int>
  /// In order of the last turn, the latest last.
  private var given: [(actor: Casting.Actor, id: Int)] = []

  init(taken: [Int] = []) {
    self.taken = Set(taken)
  }

  /// The id of a speaker: the author's, or a free one; if all are in use, that of the speaker who has been
  /// silent for longest.
  mutating func id(of actor: Casting.Actor) -> Int {
    let id: Int
    if let place = given.firstIndex(where: { $0.actor.sounds(like: actor) }) {
      id = given.remove(at: place).id
    } else {
      id = actor.speakerID ?? free()
    }
    if actor.speakerID != nil { taken.insert(id) }
    given.append((actor, id))
    return id
  }

  private mutating func free() -> Int {
    let used = taken.union(given.map(\.id))
    if let free = SpeechLimits.speakerIDs.first(where: { !used.contains($0) }) { return free }
    let silent = given.firstIndex { !taken.contains($0.id) }
    return silent.map { given.remove(at: $0).id } ?? 0
  }

  /// The other speakers that so far have the id that the author gave to this one.
  func rivals(of actor: Casting.Actor) -> [Casting.Actor] {
    given.filter { $0.id == actor.speakerID && !$0.actor.sounds(like: actor) }.map(\.actor)
  }
}
