import Testing

@testable import CSMCore

@Suite("Waiting before the next try")
struct BackoffTests {
  static let all: [(String, Backoff)] = [
    ("not sent", .notSent), ("refused", .refused), ("failed", .failed), ("listing", .listing),
    ("reading", .reading), ("missing", .missing), ("download", .download),
    ("result", .result), ("failing", .failing), ("rate", .rate), ("whole", .whole),
    ("refused reading", .refusedReading),
  ]

  @Test("doubles up to the cap, and half of it is random", arguments: all)
  func doubles(_ name: String, _ backoff: Backoff) {
    var generator = SeededGenerator(seed: 11)
    for count in [0, 1, 2, 3, 10, 63, 64, Int.max] {
      let whole = min(backoff.cap, backoff.base * (1 << min(max(count - 1, 0), 20)))
      for _ in 0..<20 {
        let delay = backoff.delay(count, generator: &generator)
        #expect(whole / 2 <= delay && delay <= whole, "\(name)")
      }
    }
  }

  @Test("is repeated by the same seed, and spread over all lots")
  func lots() {
    var (one, other) = (SeededGenerator(seed: 5), SeededGenerator(seed: 5))
    let lots = (0..<1000).map { _ in one.share() }
    #expect(lots == (0..<1000).map { _ in other.share() })
    #expect(lots.allSatisfy { (0..<1).contains($0) })
    #expect((450...550).contains(lots.count { $0 < 0.5 }))
  }
}
