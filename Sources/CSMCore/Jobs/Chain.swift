/// How a turn comes by the turns before it.
///
/// A chained turn's template names the jobs of the turns before it (`ClipSource.job`), behind the clips
/// of its voices. When all of these jobs have ended, its input is made of the template: once, and by
/// nothing but what is in the table, so that it is the same whoever makes it, and whenever.
package enum Chain {
  /// So many turns before it does a turn need at most: CSM has no room for more.
  package static let lengthMax = 8

  /// The audio that a needed job came to.
  package struct Sound: Sendable, Equatable {
    package let digest: Digest
    /// Playing time; nil where the format does not tell.
    package let milliseconds: Int?

    package init(digest: Digest, milliseconds: Int?) {
      self.digest = digest
      self.milliseconds = milliseconds
    }
  }

  /// The input of a turn whose needs have all ended.
  ///
  /// A turn that was not spoken is left out. Where the rest is more than CSM can remember, the oldest
  /// turns are left out as well; the voices never are.
  ///
  /// - Parameters:
  ///   - spoken: what the needed jobs came to, by their keys.
  ///   - lengths: playing times of files, in milliseconds.
  package static func input(
    from template: SpeechRequest, spoken: [Digest: Sound], lengths: [Digest: Int]
  ) -> SpeechRequest {
    var voices: [SpeechRequest.Clip] = []
    var turns: [(clip: SpeechRequest.Clip, positions: Int)] = []
    for clip in template.context {
      guard case .job(let key) = clip.source else {
        voices.append(clip)
        continue
      }
      guard let sound = spoken[key] else { continue }
      var spoken = clip
      spoken.audioURL = ClipSource.object(sound.digest).audioURL
      turns.append((spoken, positions(of: clip, milliseconds: sound.milliseconds)))
    }
    var room = Positions.promptMax
    for turn in template.scene {
      room -= Positions.turn(characters: turn.text.unicodeScalars.count)
    }
    for clip in voices {
      let length: Int? = if case .object(let digest) = clip.source { lengths[digest] } else { nil }
      room -= positions(of: clip, milliseconds: length)
    }
    // The newest that fit, without a gap between them.
    var kept: [SpeechRequest.Clip] = []
    for turn in turns.reversed() {
      room -= turn.positions
      guard room >= 0 else { break }
      kept.append(turn.clip)
    }
    return SpeechRequest(scene: template.scene, context: voices + kept.reversed())
  }

  /// The room that a clip takes; a length that is not known is estimated by the words.
  private static func positions(of clip: SpeechRequest.Clip, milliseconds: Int?) -> Int {
    let characters = clip.prompt.unicodeScalars.count
    return Positions.clip(
      milliseconds: milliseconds ?? characters * 1000 / SpeechLimits.charactersPerSecond,
      characters: characters)
  }
}

extension SpeechRequest {
  /// The keys of the jobs whose audio is needed first, the oldest turn first; none where nothing is.
  package var needs: [Digest] {
    context.compactMap { clip in if case .job(let key) = clip.source { key } else { nil } }
  }

  /// The files of the store that stand in the context, each once.
  package var files: Set<Digest> {
    Set(context.compactMap { if case .object(let digest) = $0.source { digest } else { nil } })
  }
}
