import CSMCore

/// Many runs, some in parallel, and the sum of their results.
package struct Campaign: Sendable {
  let jobs: Int
  let folder: String
  let keepsFiles: Bool

  /// - Parameters:
  ///   - jobs: the number of jobs per run.
  ///   - folder: the folder for the runs' files.
  ///   - keepsFiles: whether the files stay there after a run.
  package init(jobs: Int, folder: String, keepsFiles: Bool = false) {
    self.jobs = jobs
    self.folder = folder
    self.keepsFiles = keepsFiles
  }

  /// The sum of the results of many runs.
  package struct Summary: Sendable, CustomStringConvertible {
    package internal(set) var runs = 0
    package internal(set) var jobs = 0
    package internal(set) var actions = 0
    package internal(set) var acts = 0
    package internal(set) var checks = 0
    package internal(set) var stops = 0
    package internal(set) var powerCuts = 0
    package internal(set) var tableFaults = 0
    package internal(set) var crashes: [CrashPoint: Int] = [:]
    package internal(set) var faults: [Fault: Int] = [:]
    package internal(set) var states: [JobState.Name: Int] = [:]
    package internal(set) var time: Duration = .zero

    mutating func add(_ report: Report) {
      runs += 1
      jobs += report.states.values.reduce(0, +)
      actions += report.actions
      acts += report.acts
      checks += report.checks
      stops += report.stops
      powerCuts += report.powerCuts
      tableFaults += report.tableFaults
      crashes.merge(report.crashes, uniquingKeysWith: +)
      faults.merge(report.faults, uniquingKeysWith: +)
      states.merge(report.states, uniquingKeysWith: +)
      time += report.time
    }

    package var description: String {
      func list<Name: RawRepresentable<String>>(_ counts: [Name: Int]) -> String {
        counts.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
      }
      return """
        \(runs) runs, \(jobs) jobs, \(actions) requests, \(acts) acts of people, \
        \(Int(time.seconds / 3600)) virtual hours, \(checks) checks
        \(crashes.values.reduce(0, +)) crashes (\(list(crashes))), \(powerCuts) power cuts, \
        \(stops) stops, \(tableFaults) table faults
        \(faults.values.reduce(0, +)) faults (\(list(faults)))
        at the end: \(list(states))
        """
    }
  }

  /// Runs every seed, `width` of them in parallel.
  ///
  /// - Parameter each: called with every report, in any order.
  /// - Returns: the sum, and the number of runs that broke a promise.
  package func run(
    _ seeds: Range<UInt64>, width: Int, each: (Report) -> Void
  ) async -> (summary: Summary, failed: Int) {
    var summary = Summary()
    var failed = 0
    await withTaskGroup(of: Report.self) { group in
      var rest = seeds.makeIterator()
      for _ in 0..<max(1, width) {
        if let seed = rest.next() { group.addTask { await report(of: seed) } }
      }
      for await report in group {
        if let seed = rest.next() { group.addTask { await self.report(of: seed) } }
        summary.add(report)
        if !report.complaints.isEmpty { failed += 1 }
        each(report)
      }
    }
    return (summary, failed)
  }

  /// The report of one run; an error that ends the run becomes a complaint.
  package func report(of seed: UInt64) async -> Report {
    do {
      var simulator = try Simulator(
        Scenario(seed: seed, jobs: jobs), folder: folder, keepsFiles: keepsFiles)
      return try await simulator.run()
    } catch {
      var report = Report(seed: seed, jobs: jobs)
      report.complaints.append("the run ended with an error: \(error)")
      return report
    }
  }
}
