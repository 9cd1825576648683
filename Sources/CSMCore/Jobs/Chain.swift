/// Builds the request of a chained turn, whose context is the audio of earlier turns.
///
/// The context of a turn's template lists the clips of its voices, then the jobs of the earlier
/// turns (`ClipSource.job`). When these jobs have all ended, the request is built from the
/// template, once. It depends only on the table, so it is always the same.
package enum Chain {
  /// The most earlier turns that a turn needs; CSM has no room for more.
  package static let lengthMax = 8

  /// The audio of an earlier turn.
  package struct Sound: Sendable, Equatable {
    package let digest: Digest
    /// Playing time; nil if the format does not say.
    package let milliseconds: Int?

    package init(digest: Digest, milliseconds: Int?) {
      self.digest = digest
      self.milliseconds = milliseconds
    }
  }

  /// The request of a turn whose needed jobs have all ended.
  ///
  /// Turns without audio are left out, as are the oldest turns if the rest exceeds CSM's memory.
  /// Voices are always kept.
  ///
  /// - Parameters:
  ///   - spoken: the audio of the needed jobs, by job key.
  ///   - lengths: playing times of stored files, in milliseconds.
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
    // The newest turns that fit, without gaps.
    var kept: [SpeechRequest.Clip] = []
    for turn in turns.reversed() {
      room -= turn.positions
      guard room >= 0 else { break }
      kept.append(turn.clip)
    }
    return SpeechRequest(scene: template.scene, context: voices + kept.reversed())
  }

  /// The room a clip takes; an unknown length is estimated from the words.
  private static func positions(of clip: SpeechRequest.Clip, milliseconds: Int?) -> Int {
    let characters = clip.prompt.unicodeScalars.count
    return Positions.clip(
      milliseconds: milliseconds ?? characters * 1000 / SpeechLimits.charactersPerSecond,
      characters: characters)
  }
}

extension SpeechRequest {
  /// The keys of the jobs that must end first, the oldest turn first.
  package var needs: [Digest] {
    context.compactMap { clip in if case .job(let key) = clip.source { key } else { nil } }
  }

  /// The stored files in the context, without duplicates.
  package var files: Set<Digest> {
    Set(context.compactMap { if case .object(let digest) = $0.source { digest } else { nil } })
  }
}
