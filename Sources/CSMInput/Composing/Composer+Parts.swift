import CSMCore

extension Composer {
  /// Why an entry cannot be spoken.
  enum EntryError: Error {
    case rejected(Rejection)
    /// Reported at the end of the file, once per speaker or voice.
    case unknownSpeaker
  }

  /// A request, with what it is made of.
  struct Part {
    var request: SpeechRequest
    /// The author's words.
    var text: String
    var speaker: String?
    var voice: String?
  }

  /// A turn with the pieces to send and its speaker.
  struct CastTurn {
    let turn: Entry.Turn
    let pieces: [String]
    var actor: Casting.Actor
  }

  /// The requests for an entry's turns: more than one only if they do not fit into one.
  mutating func parts(of entry: Entry, isTurn: Bool, _ results: inout [Result])
    throws(EntryError) -> [Part]
  {
    var turns: [CastTurn] = []
    let actors = try actors(of: entry)
    for (turn, actor) in actors {
      do {
        turns.append(CastTurn(turn: turn, pieces: try words(of: turn, &results), actor: actor))
      } catch {
        // One silent turn does not spoil a scene.
        guard case .rejected(let silence) = error, actors.count > 1 else { throw error }
        results.append(
          .warning(
            Warning(
              line: silence.line, column: silence.column, code: "W-EMPTY",
              text: "\(silence.reason): the scene is queued without this turn")))
      }
    }
    if turns.isEmpty {
      throw .rejected(
        Rejection(line: entry.line, .empty, "there is no letter or digit to speak in the scene"))
    }
    try requireOneVoicePerID(turns)
    let context = try clips(of: entry)
    let ids: SpeakerIDs
    if isTurn, options.chain > 0 {
      ids = casting.sceneIDs
      for index in turns.indices { try avoidRivals(of: &turns[index], in: ids) }
    } else {
      ids = SpeakerIDs(taken: turns.compactMap(\.actor.speakerID) + context.map(\.speakerID))
    }
    var request = RequestBuilder(context: context, ids: ids)
    for turn in turns { try request.add(turn) }
    request.close()
    if isTurn { casting.sceneIDs = request.ids }
    for turn in turns { casting.noteSpeaker(of: turn) }
    warnOfVoices(in: entry, turns, context, &results)
    for part in request.parts { casting.noteUnusual(part.request, line: entry.line) }
    return request.parts
  }

  /// CSM takes two voices with the same speaker id for one speaker.
  private func requireOneVoicePerID(_ turns: [CastTurn]) throws(EntryError) {
    var voices: [Int: Voice] = [:]
    for turn in turns {
      guard let id = turn.actor.speakerID, let voice = turn.actor.voice else { continue }
      if let other = voices[id], other != voice { throw mistaken(other, voice, id, turn) }
      voices[id] = voice
    }
  }

  private func mistaken(_ first: Voice, _ second: Voice, _ id: Int, _ turn: CastTurn) -> EntryError
  {
    .rejected(
      Rejection(
        line: turn.turn.line, column: turn.turn.column, .cast,
        "the voices \(first.name) and \(second.name) have the same speaker id \(id) in one "
          + "scene: CSM could not tell them apart"))
  }

  /// Keeps a turn of a chain from taking the speaker id of another speaker of its scene.
  ///
  /// A turn without a speaker then gets an id other than that of `--speaker`: nobody chose it for this turn.
  private func avoidRivals(of turn: inout CastTurn, in ids: SpeakerIDs) throws(EntryError) {
    guard let id = turn.actor.speakerID else { return }
    let rivals = ids.rivals(of: turn.actor)
    if turn.turn.speaker == nil {
      if !rivals.isEmpty { turn.actor.speakerID = nil }
    } else if let voice = turn.actor.voice,
      let other = rivals.lazy.compactMap(\.voice).first(where: { $0 != voice })
    {
      throw mistaken(other, voice, id, turn)
    }
  }

  /// Who speaks each turn; resolves all turns before it throws, so that every unknown name is reported.
  private mutating func actors(of entry: Entry) throws(EntryError) -> [(Entry.Turn, Casting.Actor)]
  {
    var actors: [(Entry.Turn, Casting.Actor)] = []
    for turn in entry.turns {
      if let actor = casting.actor(of: turn) { actors.append((turn, actor)) }
    }
    guard actors.count == entry.turns.count else { throw .unknownSpeaker }
    return actors
  }

  /// The context clips given by the author.
  private mutating func clips(of entry: Entry) throws(EntryError) -> [SpeechRequest.Clip] {
    var clips: [SpeechRequest.Clip] = []
    for (index, clip) in entry.context.enumerated() {
      let id = clip.speakerID ?? min(index, SpeechLimits.speakerIDs.upperBound)
      switch clip.source {
      case .url(let url, let prompt):
        clips.append(SpeechRequest.Clip(prompt: prompt, audioURL: url, speakerID: id))
      case .voice(let name):
        guard let voice = casting.voice(named: name, line: entry.line) else {
          throw .unknownSpeaker
        }
        clips.append(voice.context(as: id))
      }
    }
    return clips
  }

  /// Warns of turns without a voice, and of context clips that no turn uses.
  private mutating func warnOfVoices(
    in entry: Entry, _ turns: [CastTurn], _ context: [SpeechRequest.Clip],
    _ results: inout [Result]
  ) {
    for turn in turns where turn.actor.voice == nil {
      let id = turn.actor.speakerID ?? options.speakerID
      if !context.contains(where: { $0.speakerID == id }) { casting.noteMissingVoice(of: turn) }
    }
    let spoken = Set(turns.map { $0.actor.speakerID ?? options.speakerID })
    let hasNames = turns.contains { $0.actor.speakerID == nil }
    guard !hasNames, let clip = context.first(where: { !spoken.contains($0.speakerID) }) else {
      return
    }
    results.append(
      .warning(
        Warning(
          line: entry.line, column: 1, code: "W-CTXID",
          text:
            "a context clip belongs to speaker \(clip.speakerID), who has no turn: its voice is not used"
        )))
  }

  // MARK: Words

  /// The pieces to send for a turn.
  private func words(of turn: Entry.Turn, _ results: inout [Result]) throws(EntryError) -> [String]
  {
    let written = SpokenText.composed((turn.spoken ?? turn.text).trimmed)
    var sent = written
    if options.isNormalised { sent = SpokenText.composed(Typography.plain(sent)) }
    sent = options.respelling.applied(to: sent)
    guard SpokenText.isSpeakable(written), SpokenText.isSpeakable(sent) else {
      throw .rejected(
        Rejection(
          line: turn.line, column: turn.column, .empty, "there is no letter or digit to speak"))
    }
    for finding in TextLint.findings(in: written, isThorough: options.isThorough) {
      results.append(
        .warning(
          Warning(
            line: turn.line, column: turn.column + finding.offset, code: finding.lint.rawValue,
            text: finding.lint.advice(finding.words))))
    }
    if let (characters, offset) = Mojibake.first(in: written) {
      results.append(
        .warning(Mojibake.warning(characters, line: turn.line, column: turn.column + offset)))
    }
    guard let splitter = options.splitter else {
      let count = sent.unicodeScalars.count
      if count > SpeechLimits.turnCharactersMax {
        results.append(
          .warning(
            Warning(
              line: turn.line, column: turn.column, code: "W-LONG",
              text: "\(count) characters in one turn: turns longer than "
                + "\(SpeechLimits.turnCharactersMax) are often cut off or drift")))
      }
      return [sent]
    }
    return splitter.pieces(of: sent)
  }
}

extension TextLint {
  /// The text of the warning; `words` are the ones found.
  func advice(_ words: String) -> String {
    switch self {
    case .markup: "\"\(words)\" will be read aloud: fal takes plain text"
    case .word: "\"\(words)\" will probably be misspoken: write it as it is said"
    case .language: "most letters are in another script, but CSM speaks English"
    case .short: "a text of one or two words is often misspoken"
    case .spoken: "\"\(words)\" is better written as it is said"
    }
  }
}
