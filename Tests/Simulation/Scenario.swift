import CSMCore
import CSMSQLite

/// All that a seed decides about a run before it begins.
package struct Scenario: Sendable {
  package let seed: UInt64
  /// Jobs that people add, about.
  package let jobs: Int
  /// When it begins, by the true clock.
  let start: Timestamp
  let rules: Rules
  let limits: Dispatcher.Limits
  /// How probable a crash is at each point that the daemon passes.
  let crashRate: Double
  /// How probable it is that a write of the table fails.
  let tableFaultRate: Double

  /// Every third run speaks in voices, and in scenes whose turns need the turns before them.
  var speaksInVoices: Bool { seed % 3 == 0 }

  /// In every fifth run csmd speaks lines again whose audio is bad, as all audio here is for its length.
  var rerolls: Int { seed % 5 == 2 ? 3 : 0 }

  /// The time after which the daemon is left in peace, so that a run can come to its end.
  var peace: Timestamp { start + .seconds(36 * 3600) }

  /// The time at which all must have come to an end.
  var end: Timestamp { start + .seconds(14 * 86_400) }

  package init(seed: UInt64, jobs: Int = 200) {
    var generator = SeededGenerator(seed: seed)
    self.seed = seed
    self.jobs = jobs
    start = Timestamp(milliseconds: 1_790_000_000_000) + generator.seconds(0...86_400)
    var rules = Rules(price: Price(perThousand: Money(microDollars: 30_000)))
    rules.attemptsMax = generator.whole(1...4)
    rules.unknownGrace =
      generator.element(of: [.seconds(60), .seconds(600), .seconds(1800)]) ?? .zero
    rules.resubmitsUnknown = generator.happens(0.3)
    self.rules = rules
    var limits = Dispatcher.Limits()
    limits.inFlightMax = generator.element(of: [1, 4, 16, 64, 200]) ?? 64
    limits.gateProbe = generator.element(of: [.seconds(10), .seconds(300)]) ?? .seconds(300)
    if generator.happens(0.15) {
      // A fifth to all of what the jobs cost.
      let cost = rules.price.of(characters: jobs * Line.characters).microDollars
      limits.budget = Money(microDollars: cost / Int64(generator.whole(1...5)))
    }
    if generator.happens(0.15) { limits.hours = Hours("22:00-06:00") }
    if seed % 2 == 0 { limits.balanceGap = .seconds(300) }
    self.limits = limits
    crashRate = generator.element(of: [0, 0.001, 0.003, 0.01]) ?? 0
    tableFaultRate = generator.element(of: [0, 0, 0.005, 0.02]) ?? 0
  }
}

/// A line that a person adds.
struct Line: Sendable {
  let id: String
  let text: String
  let take: Int
  /// Who says it, and in which scene; nil where it is said by itself.
  var turn: (speaker: Int, scene: Int)?

  /// The usual length of a text.
  static let characters = 50
}
