import CSMCore

extension Composer {
  /// Why an entry cannot be spoken.
  enum Trouble: Error {
    case rejected(Rejection)
    /// It is among those that are told at the end.
    case unknownSpeaker
  }

  /// A request, and whose it is.
  struct Part {
    var request: SpeechRequest
    /// The author's words for it.
    var text: String
    var speaker: String?
    var voice: String?
  }

  /// What one turn becomes.
  struct CastTurn {
    let turn: Entry.Turn
    let pieces: [String]
    let actor: Casting.Actor
  }

  /// The requests for an entry's turns: one, or more where one cannot hold them.
  mutating func parts(of entry: Entry, isTurn: Bool, _ results: inout [Result])
    throws(Trouble) -> [Part]
  {
    var turns: [CastTurn] = []
    let actors = try actors(of: entry)
    for (turn, actor) in actors {
      do {
        turns.append(CastTurn(turn: turn, pieces: try words(of: turn, &results), actor: actor))
      } catch {
        // A silence in a scene is no reason to leave out the scene.
        guard case .rejected(let silence) = error, actors.count > 1 else { throw error }
        results.append(
          .warning(
            Warning(
              line: silence.line, column: silence.column, code: "W-EMPTY",
              text: "\(silence.reason): the turn is left out of its scene")))
      }
    }
    if turns.isEmpty {
      throw .rejected(
        Rejection(line: entry.line, .empty, "there is no letter or digit to speak in the scene"))
    }
    try demandOneVoiceAnID(turns)
    let context = try clips(of: entry)
    let ids: SpeakerIDs
    if isTurn, options.chain > 0 {
      ids = casting.sceneIDs
    } else {
      ids = SpeakerIDs(taken: turns.compactMap(\.actor.speakerID) + context.map(\.speakerID))
    }
    var request = RequestBuilder(context: context, ids: ids)
    for turn in turns { try request.add(turn) }
    request.close()
    if isTurn { casting.sceneIDs = request.ids }
    for turn in turns { casting.note(turn) }
    remark(on: entry, turns, context, &results)
    for part in request.parts { casting.note(part.request, line: entry.line) }
    return request.parts
  }

  /// Two voices under one speaker id would be one speaker to CSM.
  private func demandOneVoiceAnID(_ turns: [CastTurn]) throws(Trouble) {
    var voices: [Int: Voice] = [:]
    for turn in turns {
      guard let id = turn.actor.speakerID, let voice = turn.actor.voice else { continue }
      guard voices[id] == nil || voices[id] == voice else {
        throw .rejected(
          Rejection(
            line: turn.turn.line, column: turn.turn.column, .cast,
            "the voices \(voices[id]?.name ?? "") and \(voice.name) have the speaker id \(id) in one scene: "
              + "CSM could not tell them apart"))
      }
      voices[id] = voice
    }
  }

  /// Who speaks each turn; whom nobody knows is noted first, so that all are told at once.
  private mutating func actors(of entry: Entry) throws(Trouble) -> [(Entry.Turn, Casting.Actor)] {
    var actors: [(Entry.Turn, Casting.Actor)] = []
    for turn in entry.turns {
      if let actor = try casting.actor(of: turn) { actors.append((turn, actor)) }
    }
    guard actors.count == entry.turns.count else { throw .unknownSpeaker }
    return actors
  }

  /// The clips that the author gives.
  private func clips(of entry: Entry) throws(Trouble) -> [SpeechRequest.Clip] {
    var clips: [SpeechRequest.Clip] = []
    for (index, clip) in entry.context.enumerated() {
      let id = clip.speakerID ?? min(index, SpeechLimits.speakerIDs.upperBound)
      switch clip.source {
      case .url(let url, let prompt):
        clips.append(SpeechRequest.Clip(prompt: prompt, audioURL: url, speakerID: id))
      case .voice(let name):
        guard let voice = options.cast.voice(named: name) else {
          throw .rejected(
            Rejection(line: entry.line, .voice, options.cast.unknown(voice: name)))
        }
        clips.append(voice.context(as: id))
      }
    }
    return clips
  }

  /// What is spoken, and hardly as the author wants it.
  private mutating func remark(
    on entry: Entry, _ turns: [CastTurn], _ context: [SpeechRequest.Clip],
    _ results: inout [Result]
  ) {
    for turn in turns where turn.actor.voice == nil {
      let id = turn.actor.speakerID ?? options.speakerID
      if !context.contains(where: { $0.speakerID == id }) { casting.note(silent: turn) }
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
            "a clip of the context is of speaker \(clip.speakerID), and no turn is: its voice is lost"
        )))
  }

  // MARK: Words

  /// What is sent for a turn.
  private func words(of turn: Entry.Turn, _ results: inout [Result]) throws(Trouble) -> [String] {
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
    if let (signs, offset) = Mojibake.first(in: written) {
      results.append(
        .warning(Mojibake.warning(signs, line: turn.line, column: turn.column + offset)))
    }
    guard let splitter = options.splitter else {
      let count = sent.unicodeScalars.count
      if count > SpeechLimits.turnCharactersMax {
        results.append(
          .warning(
            Warning(
              line: turn.line, column: turn.column, code: "W-LONG",
              text: "\(count) characters in one turn: what is longer than "
                + "\(SpeechLimits.turnCharactersMax) is often cut off or drifts")))
      }
      return [sent]
    }
    return splitter.pieces(of: sent)
  }
}

extension TextLint {
  /// What to tell of it; `words` are those that were found.
  func advice(_ words: String) -> String {
    switch self {
    case .markup: "\"\(words)\" will be read aloud: fal takes plain text"
    case .word: "\"\(words)\" is hardly spoken right: write it as it is said"
    case .language: "most letters are of another script, and CSM speaks English"
    case .short: "one or two words alone are often spoken wrong"
    case .spoken: "\"\(words)\" is better written as it is said"
    }
  }
}
