import CSMCore
import CSMSQLite

/// Everything about a run that its seed decides before it begins.
package struct Scenario: Sendable {
  package let seed: UInt64
  /// The approximate number of jobs that people add.
  package let jobs: Int
  /// The true time at which it begins.
  let start: Timestamp
  let rules: Rules
  let limits: Dispatcher.Limits
  /// The probability of a crash at each point that the daemon passes.
  let crashRate: Double
  /// The probability that a write of the table fails.
  let tableFaultRate: Double

  /// Whether lines have voices, and scenes whose turns need the turns before them: in every third run.
  var speaksInVoices: Bool { seed % 3 == 0 }

  /// How many takes csmd may add to a line with bad audio: none, except in every fifth run.
  ///
  /// All audio of the simulation is bad, because it is too short.
  var rerolls: Int { seed % 5 == 2 ? 3 : 0 }

  /// The time after which no more crashes and table faults happen, so that a run can end.
  var peace: Timestamp { start + .seconds(36 * 3600) }

  /// The time by which everything must have ended.
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
      // From a fifth of the cost of all jobs to all of it.
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
  /// The speaker and the scene; nil for a line outside a scene.
  var turn: (speaker: Int, scene: Int)?

  /// The usual length of a text.
  static let characters = 50
}
