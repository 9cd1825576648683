import CSMCore
import CSMFal
import CSMFiles
import Synchronization

/// Downloads that were given up since they were slow, each with what has come of it: the next try goes on
/// from there, and has more patience.
///
/// It is in memory only, and holds few: what is forgotten begins anew.
final class SlowDownloads: Sendable {
  /// A download on its way, or put off.
  struct Download: Sendable {
    let incoming: Incoming
    let funnel: AudioFunnel
  }

  private struct Row {
    var tries = 0
    /// What has come, where the server can go on from there.
    var kept: Download?
  }

  /// Each kept one holds a file open.
  private static let keptMax = 32
  private static let rowsMax = 4096
  private static let patience: Duration = .seconds(15)
  private static let patienceMax: Duration = .seconds(1800)

  private let rows = Mutex<[Job.ID: Row]>([:])

  /// Hands over what was kept of the job's audio, and says how long it may come slowly now.
  func resume(_ job: Job.ID) -> (kept: Download?, patience: Duration) {
    rows.withLock { rows in
      let row = rows[job] ?? Row()
      rows[job]?.kept = nil
      return (row.kept, min(Self.patience * (1 << min(row.tries, 10)), Self.patienceMax))
    }
  }

  /// The job's download was given up once more.
  func putOff(_ job: Job.ID, _ download: Download) {
    let dropped: [Download] = rows.withLock { rows in
      var row = rows[job] ?? Row()
      row.tries += 1
      if rows.count >= Self.rowsMax { rows = [:] }
      let isKept =
        download.funnel.canGoOn && rows.values.count { $0.kept != nil } < Self.keptMax
      row.kept = isKept ? download : nil
      rows[job] = row
      return isKept ? [] : [download]
    }
    for download in dropped { download.incoming.discard() }
  }

  /// The job's download is over, well or badly.
  func end(_ job: Job.ID) {
    rows.withLock { $0[job] = nil }
  }
}
