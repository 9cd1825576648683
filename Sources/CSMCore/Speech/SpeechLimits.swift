/// What CSM speaks well in one request, by what its users have measured.
///
/// The room that there is at all is in `Positions`.
package enum SpeechLimits {
  /// Characters of one turn: about ten seconds, after which most hosts cut off without an error.
  package static let turnCharactersMax = 140
  /// Positions of context and scene together, with the audio that is made: of all 2048, without the
  /// room for a turn of 30 s.
  package static let positionsMax = 1600
  /// Playing time of context and scene together, in milliseconds; longer ones get unstable.
  package static let requestMillisecondsMax = 90_000
  /// Playing time of a context's clips together, in milliseconds.
  package static let contextMillisecondsMax = 20_000
  /// The speakers that a turn may name: the id is nothing but a text in front of the words.
  package static let speakerIDs = 0...9
  /// The speakers that stand in CSM's own examples.
  package static let usualSpeakerIDs = 0...1
  /// A text with fewer words is more often spoken wrong.
  package static let usualWordsMin = 3
  /// A longer word is no word: it is mumbled, or never ended.
  package static let wordCharactersMax = 60
  /// CSM speaks about so many characters a second (44 characters took 3.12 s).
  package static let charactersPerSecond = 14
}

/// What a part of a request takes of what there is, by estimate.
package struct SpeechExtent: Sendable, Equatable {
  package var positions = 0
  package var milliseconds = 0

  package init() {}

  /// A turn: its words, and the audio that is made of them (a frame is 80 ms).
  package init(turn characters: Int) {
    milliseconds = Self.milliseconds(characters)
    positions = Positions.turn(characters: characters) + (milliseconds + 79) / 80
  }

  /// A clip of the context, whose length is told by its words.
  package init(clip transcript: String) {
    let characters = transcript.unicodeScalars.count
    milliseconds = Self.milliseconds(characters)
    positions = Positions.clip(milliseconds: milliseconds, characters: characters)
  }

  /// All of a request.
  package init(_ request: SpeechRequest) {
    self = request.context.reduce(Self()) { $0 + Self(clip: $1.prompt) }
    self = request.scene.reduce(self) { $0 + Self(turn: $1.text.unicodeScalars.count) }
  }

  private static func milliseconds(_ characters: Int) -> Int {
    // Longer is endless all the same, and must not overflow.
    min(max(0, characters), 1 << 32) * 1000 / SpeechLimits.charactersPerSecond
  }

  /// Whether one request can hold it.
  package var fits: Bool {
    positions <= SpeechLimits.positionsMax
      && milliseconds <= SpeechLimits.requestMillisecondsMax
  }

  /// How many more characters one request can hold, about: it is the time that is short first.
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
