import CSMCore
import CSMFal
import CSMFiles
import Synchronization

/// Remembers downloads that were put off because they were slow, so that the next try can resume
/// them and allow more time.
///
/// It is in memory only and of limited size; a forgotten download starts from the beginning.
final class SlowDownloads: Sendable {
  struct Download: Sendable {
    let incoming: Incoming
    let funnel: AudioFunnel
  }

  private struct Row {
    var tries = 0
    /// The bytes so far; nil if the server cannot resume.
    var kept: Download?
  }

  /// The most partial downloads to keep, each of which holds a file open.
  private static let keptMax = 32
  private static let rowsMax = 4096
  private static let patience: Duration = .seconds(15)
  private static let patienceMax: Duration = .seconds(1800)

  private let rows = Mutex<[Job.ID: Row]>([:])

  /// Hands over the job's partial download, and how long it may be slow this time.
  func resume(_ job: Job.ID) -> (kept: Download?, patience: Duration) {
    rows.withLock { rows in
      let row = rows[job] ?? Row()
      rows[job]?.kept = nil
      return (row.kept, min(Self.patience * (1 << min(row.tries, 10)), Self.patienceMax))
    }
  }

  /// Records that the job's download was put off again.
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

  /// Forgets the job's download, which has succeeded or failed.
  func end(_ job: Job.ID) {
    rows.withLock { $0[job] = nil }
  }
}
