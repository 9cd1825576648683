import CSMCore

/// A time during which something is wrong with fal as a whole.
struct Episode: Sendable {
  /// What is wrong.
  enum Kind: Sendable, CaseIterable {
    /// The key is not taken.
    case unauthorized
    /// The account is locked.
    case locked
    /// Nothing can be reached.
    case unreachable
    /// Everything is taken in, and nothing answered.
    case silent
    /// What stands before fal answers in its place.
    case badGateway
    /// No audio can be had.
    case noFiles
    /// The listing cannot be read.
    case noListing
  }

  let kind: Kind
  let time: Range<Timestamp>

  /// Draws the episodes of a run that begins at `start`.
  static func drawn(from start: Timestamp, generator: inout SeededGenerator) -> [Episode] {
    (0..<generator.whole(0...3)).compactMap { _ in
      guard let kind = generator.element(of: Kind.allCases) else { return nil }
      let begin = start + generator.seconds(0...18_000)
      let length =
        generator.happens(0.7) ? generator.seconds(10...900) : generator.seconds(900...14_400)
      return Episode(kind: kind, time: begin..<begin + length)
    }
  }
}
