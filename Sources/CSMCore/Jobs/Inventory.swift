/// Totals over all jobs in the table.
package struct Inventory: Sendable {
  package var jobs: [JobState.Name: Int]
  package var closedGates: [Gate.Name]
  /// The cost of all submits, including uncertain ones.
  package var spent: Money
  /// The same since the UTC day began.
  package var spentToday: Money
  /// When the oldest job that has not ended was added; nil if all have.
  package var oldestOpen: Timestamp?
  package var objects: Int
  package var objectBytes: Int

  package init(
    jobs: [JobState.Name: Int], closedGates: [Gate.Name], spent: Money, spentToday: Money,
    oldestOpen: Timestamp?, objects: Int, objectBytes: Int
  ) {
    self.jobs = jobs
    self.closedGates = closedGates
    self.spent = spent
    self.spentToday = spentToday
    self.oldestOpen = oldestOpen
    self.objects = objects
    self.objectBytes = objectBytes
  }

  /// The totals as metrics.
  package var families: [MetricFamily] {
    [
      MetricFamily(
        "csm_jobs", .gauge, "Jobs by state.",
        JobState.Name.allCases.map { .init(jobs[$0] ?? 0, ("state", $0.rawValue)) }),
      MetricFamily(
        "csm_gate_closed", .gauge, "Whether a gate is closed, so that nothing is submitted.",
        Gate.Name.allCases.map { .init(closedGates.contains($0) ? 1 : 0, ("gate", $0.rawValue)) }),
      MetricFamily(
        "csm_spent_usd", .gauge,
        "Cost of all submits; doubtful ones are counted until they turn out free.",
        [.init(spent.inDollars)]),
      MetricFamily(
        "csm_spent_today_usd", .gauge, "Cost of the submits since the UTC day began.",
        [.init(spentToday.inDollars)]),
      // A time, not an age, which would freeze in a file that is no longer updated.
      MetricFamily(
        "csm_oldest_open_job_timestamp_seconds", .gauge,
        "When the oldest job that has not ended was added; absent if there is none.",
        oldestOpen.map { [.init(Double($0.milliseconds) / 1000)] } ?? []),
      MetricFamily("csm_store_objects", .gauge, "Audio files in the store.", [.init(objects)]),
      MetricFamily(
        "csm_store_bytes", .gauge, "Bytes of the audio files in the store.", [.init(objectBytes)]),
    ]
  }
}

extension Money {
  fileprivate var inDollars: Double { Double(microDollars) / 1_000_000 }
}
