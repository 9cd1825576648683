import ArgumentParser
import CSMCore
import CSMDelivery
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace

/// `csm-enqueue verify`: checks that all stored audio is there and unchanged.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that all stored audio is there and unchanged.",
    discussion: """
      By default, the presence, length and mode of each file are compared with the table; --full reads \
      every byte. Damaged files are moved to quarantine, and their lines become HELD: csm-enqueue retry \
      --lost downloads them again, at no cost while fal has the result. The exit code is 0 when all is well, \
      and 1 when something was found.

      verify also compares the table's counts of lines and costs with its rows, and corrects them.

      csmd measures WAV files when it stores them. --measure measures the rest: audio stored by a version \
      that did not measure, and compressed audio, which needs ffmpeg. Until then, such lines are marked \
      not-measured.

      Examples:
        csm-enqueue verify --full
        csm-enqueue verify --measure
      """)

  @Flag(help: "Read every file and compare its SHA-256 with its name.")
  var full = false

  @Flag(help: "Only measure the audio that has not been measured yet, for its checks.")
  var measure = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard !measure || !full else {
      throw ValidationError("give either --measure or --full")
    }
  }

  func run() throws {
    guard !measure else { return try runMeasure() }
    let workplace = try Workplace(note: Console.note)
    let store = AudioStore(root: workplace.state.path)
    let now = Workplace.now()
    let progress = Progress("verify", "folder")
    let (report, complaints, isMiscounted) = try workplace.reading { table in
      let complaints = try table.integrityComplaints(isQuick: !full)
      let verification = StoreVerification(table: table, store: store, isFull: full, now: now) {
        progress.show($0, of: $1)
      }
      defer { progress.clear() }
      return (try verification.run(), complaints, try table.isMiscounted())
    }
    if let complaints { throw TableError.damaged(complaints) }
    if isMiscounted {
      try workplace.writing { try $0.recount() }
      Console.note("the table's counts of lines and costs did not match its rows: corrected")
    }
    let held = try report.repair(workplace, store, at: now)
    try tell(report, held: held, quarantined: store.quarantined().count)
  }

  private func runMeasure() throws {
    let workplace = try Workplace(note: Console.note)
    let progress = Progress("measure", "file")
    defer { progress.clear() }
    let report = try StoreMeasurement(
      workplace: workplace, store: AudioStore(root: workplace.state.path)
    ).run { progress.show($0, of: $1) }
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
