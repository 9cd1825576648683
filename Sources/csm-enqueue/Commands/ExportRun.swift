import CSMCore
import CSMDelivery
import CSMFFmpeg
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation

/// Carries out an export, either once or until its batch has ended.
struct ExportRun {
  private let wish: ExportWish
  private let workplace: Workplace
  private let path: String
  private let ffmpeg: FFmpeg?
  private let interrupt: Interrupt

  /// Seconds between two exports at least, and how many times the last export's time to wait.
  private static let gap: TimeInterval = 1
  private static let rest = 4.0

  init(
    _ wish: ExportWish, workplace: Workplace, to path: String, ffmpeg: FFmpeg?, interrupt: Interrupt
  ) {
    self.wish = wish
    self.workplace = workplace
    self.path = path
    self.ffmpeg = ffmpeg
    self.interrupt = interrupt
  }

  func once() throws -> LineExport.Counts {
    let progress = Progress("export", "line")
    defer { progress.clear() }
    return try export(
      ExportPerson(
        complain: { Console.complain([$0]) }, progress: { progress.show($0, of: $1) },
        isStopped: { interrupt.isStopped }))
  }

  /// Exports again and again until the batch has ended; files that are there already are not read again.
  ///
  /// - Returns: the counts of the last export, with all files written and replaced on the way, and the status
  ///   that it began with.
  func follow() throws -> (LineExport.Counts, StatusReport) {
    var told: Set<String> = []
    var attendance = Attendance()
    var (written, replaced) = (0, 0)
    while true {
      // Read before the export: the export then has every line that the report counts as stored.
      let report = try StatusReport(workplace, batch: wish.options.batch)
      if let warning = attendance.warning(report) { Console.note(warning) }
      let begin = Date()
      // What is joined is written once, not again with every line; at the end, with the lines that there are.
      // A closed gate is no such end: it opens again.
      var tally = try export(
        isPatient: report.end == nil || report.end == .gated,
        ExportPerson(
          complain: { if told.insert($0).inserted { Console.complain([$0]) } },
          brought: { Console.show("\(path)/\(Printable.line($0))\n") },
          isStopped: { interrupt.isStopped }))
      written += tally.written
      replaced += tally.replaced
      if report.end == nil { pause(max(Self.gap, Self.rest * Date().timeIntervalSince(begin))) }
      if report.end != nil || interrupt.isStopped {
        tally.same -= min(tally.same, written - tally.written + replaced - tally.replaced)
        (tally.written, tally.replaced) = (written, replaced)
        return (tally, report)
      }
    }
  }

  private func pause(_ seconds: TimeInterval) {
    let end = Date(timeIntervalSinceNow: seconds)
    while !interrupt.isStopped, Date() < end { usleep(50_000) }
  }

  private func export(
    isPatient: Bool = false, _ person: ExportPerson
  ) throws -> LineExport.Counts {
    var wish = wish
    wish.isPatient = isPatient
    return try workplace.reading { table in
      try Exporter(
        wish, table: table, store: AudioStore(root: workplace.state.path),
        folder: ExportFolder(path: path), path: path, ffmpeg: ffmpeg, person: person
      ).run()
    }
  }
}
