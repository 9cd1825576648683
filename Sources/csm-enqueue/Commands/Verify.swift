import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue verify`: whether all audio that was stored is still what it was.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look whether all stored audio is there and unchanged.",
    discussion: """
      By default each file's presence, length and mode are compared with the table; --full reads \
      every byte. What is damaged is moved to quarantine, and its lines become HELD: `retry` has \
      them downloaded again, unpaid, as long as fal still has the result. Exit code 0: all is well; \
      1: something was found.

      csmd measures WAV files when it stores them. --measure does so for what was not measured yet: audio \
      from before the figures were kept, and compressed forms, for which it needs an installed ffmpeg. \
      Until then their lines are marked not-measured.
      """)

  @Flag(help: "Read every file and compare its SHA-256 with its name.")
  var full = false

  @Flag(help: "Measure the audio that was not measured yet, for its checks; nothing else.")
  var measure = false

  @Flag(help: "As JSON.")
  var json = false

  func validate() throws {
    guard !measure || !full else {
      throw ValidationError("--measure and --full are two things to do: one after the other")
    }
  }

  func run() throws {
    guard !measure else { return try runMeasure() }
    let workplace = try Workplace()
    let store = AudioStore(root: workplace.state.path)
    let now = Workplace.now()
    let (report, complaints) = try workplace.reading { table in
      let complaints = try table.integrityComplaints(isQuick: !full)
      let verification = StoreVerification(table: table, store: store, isFull: full, now: now) {
        Progress.show(full ? "reading" : "looking", done: $0, of: $1)
      }
      defer { Progress.clear() }
      return (try verification.run(), complaints)
    }
    if let complaints { throw TableError.damaged(complaints) }
    let held = try report.repair(workplace, store, at: now)
    try tell(report, held: held, quarantined: store.quarantined().count)
  }

  private func runMeasure() throws {
    let workplace = try Workplace()
    let report = try StoreMeasurement(
      workplace: workplace, store: AudioStore(root: workplace.state.path)
    ).run { Progress.show("measuring", done: $0, of: $1) }
    Progress.clear()
    if json {
      try Console.print(json: report.json)
    } else {
      for sentence in report.sentences { Console.print(Printable.line(sentence)) }
    }
    if !report.isWhole { throw ExitCode(ExitStatus.incomplete) }
  }

  private func tell(_ report: StoreVerification.Report, held: Int, quarantined: Int) throws {
    if json {
      try Console.print(json: report.json(held: held, quarantined: quarantined))
    } else {
      for sentence in report.sentences(isFull: full, held: held, quarantined: quarantined) {
        Console.print(Printable.line(sentence))
      }
    }
    if !report.isSound { throw ExitCode(ExitStatus.incomplete) }
  }
}
