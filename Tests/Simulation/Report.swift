import CSMCore

/// The result of a run.
package struct Report: Sendable {
  package let seed: UInt64
  package let jobs: Int
  /// Violations, in sentences; empty if all is well.
  package internal(set) var complaints: [String] = []
  /// The digest of all transitions with their virtual times; equal runs have equal digests.
  package internal(set) var trace = ""
  /// Jobs by their last state.
  package internal(set) var states: [JobState.Name: Int] = [:]
  package internal(set) var crashes: [CrashPoint: Int] = [:]
  package internal(set) var faults: [Fault: Int] = [:]
  package internal(set) var powerCuts = 0
  package internal(set) var stops = 0
  package internal(set) var tableFaults = 0
  /// How many acts people did.
  package internal(set) var acts = 0
  /// How many actions the daemon did.
  package internal(set) var actions = 0
  /// How often the invariants were checked.
  package internal(set) var checks = 0
  /// How much virtual time the run took.
  package internal(set) var time: Duration = .zero

  private var stepsAtOnce = 0

  init(seed: UInt64, jobs: Int) {
    self.seed = seed
    self.jobs = jobs
  }

  /// The command that repeats the run.
  package var command: String {
    "swift run -c release simulate --first \(seed) --runs 1 --jobs \(jobs)"
  }

  /// Counts steps without passing time, and complains if there are too many: such a loop would use a
  /// whole core.
  mutating func noteStep(hasMoved: Bool) {
    stepsAtOnce = hasMoved ? 0 : stepsAtOnce + 1
    if stepsAtOnce > 1000 { complaints.append("the loop spins with nothing to do") }
  }

  mutating func finish(faults: [Fault: Int], complaints: [String], time: Duration) {
    self.faults = faults
    self.complaints += complaints
    self.time = time
  }
}
