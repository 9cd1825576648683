/// What CSM speaks well in one request, as measured by its users.
///
/// `Positions` has the hard limits.
package enum SpeechLimits {
  /// Characters per turn: about ten seconds, after which most hosts cut off without an error.
  package static let turnCharactersMax = 140
  /// Positions of context, scene and generated audio together: the context window less a turn of 30
  /// s.
  package static let positionsMax = 1600
  /// Playing time of context and scene together, in milliseconds; longer requests become unstable.
  package static let requestMillisecondsMax = 90_000
  /// Total playing time of a context's clips, in milliseconds.
  package static let contextMillisecondsMax = 20_000
  /// The speaker ids a turn may use; to the model, the id is just text in front of the words.
  package static let speakerIDs = 0...9
  /// The speaker ids in CSM's own examples.
  package static let usualSpeakerIDs = 0...1
  /// Texts with fewer words are spoken wrong more often.
  package static let usualWordsMin = 3
  /// Longer words are mumbled, or never end.
  package static let wordCharactersMax = 60
  /// The numbers that a take may have.
  package static let takes = 1...1000
  /// The average pace of CSM (44 characters took 3.12 s).
  package static let charactersPerSecond = 14
}

/// The estimated size of a part of a request.
package struct SpeechExtent: Sendable, Equatable {
  package var positions = 0
  package var milliseconds = 0

  package init() {}

  /// A turn: its words and the audio generated from them (a frame is 80 ms).
  package init(turn characters: Int) {
    milliseconds = Self.milliseconds(characters)
    positions = Positions.turn(characters: characters) + (milliseconds + 79) / 80
  }

  /// A clip of the context, with its length estimated from its words.
  package init(clip transcript: String) {
    let characters = transcript.unicodeScalars.count
    milliseconds = Self.milliseconds(characters)
    positions = Positions.clip(milliseconds: milliseconds, characters: characters)
  }

  /// A whole request.
  package init(_ request: SpeechRequest) {
    self = request.context.reduce(Self()) { $0 + Self(clip: $1.prompt) }
    self = request.scene.reduce(self) { $0 + Self(turn: $1.text.unicodeScalars.count) }
  }

  private static func milliseconds(_ characters: Int) -> Int {
    // Limited to prevent overflow.
    min(max(0, characters), 1 << 32) * 1000 / SpeechLimits.charactersPerSecond
  }

  /// Whether it fits into one request.
  package var fits: Bool {
    positions <= SpeechLimits.positionsMax
      && milliseconds <= SpeechLimits.requestMillisecondsMax
  }

  /// About how many more characters fit into the request; time runs out before positions do.
  package var charactersLeft: Int {
    max(0, SpeechLimits.requestMillisecondsMax - milliseconds) * SpeechLimits.charactersPerSecond
      / 1000
  }

  package static func + (left: Self, right: Self) -> Self {
    var sum = left
    sum.positions += right.positions
    sum.milliseconds += right.milliseconds
    return sum
  }

  package static func += (left: inout Self, right: Self) { left = left + right }
}
