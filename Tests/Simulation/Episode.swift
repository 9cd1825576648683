import CSMCore

/// A time during which fal as a whole has a problem.
struct Episode: Sendable {
  enum Kind: Sendable, CaseIterable {
    /// fal rejects the key.
    case unauthorized
    /// The account is locked.
    case locked
    /// No host can be reached.
    case unreachable
    /// Requests arrive, but get no answer.
    case silent
    /// A proxy in front of fal answers instead of fal.
    case badGateway
    /// No audio can be downloaded.
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
