import CSMCore
import CSMFiles
import CSMSQLite

/// Writes the metrics to a file for the node exporter's textfile collector, every few seconds.
package struct MetricsFile {
  private let path: String
  private var lastAt: Timestamp?
  /// The figures of the table, with the revision and the day that they are from.
  private var counted: (inventory: Inventory, revision: Int, day: Timestamp)?
  private var lastError: String?

  static let gap: Duration = .seconds(15)

  package init(path: String) {
    self.path = path
  }

  func isDue(at now: Timestamp) -> Bool {
    guard let lastAt, lastAt <= now else { return true }
    return now.since(lastAt) >= Self.gap
  }

  /// Writes the file; a failure is logged once, and never stops the work.
  ///
  /// - Parameter revision: changes with the table; an idle daemon does not count again.
  mutating func publish(
    _ metrics: Metrics, _ load: Dispatcher.Load, _ table: JobTable, revision: Int,
    at now: Timestamp, log: EventLog
  ) {
    lastAt = now
    do {
      let families = try inventory(of: table, revision, now).families + metrics.families(load)
      try PublishedText.write(families.map(\.text).joined(), to: path)
      lastError = nil
    } catch {
      guard lastError != "\(error)" else { return }
      lastError = "\(error)"
      log.failed("the metrics cannot be written", error)
    }
  }

  private mutating func inventory(
    of table: JobTable, _ revision: Int, _ now: Timestamp
  ) throws -> Inventory {
    if let counted, counted.revision == revision, counted.day == now.startOfDay {
      return counted.inventory
    }
    let inventory = try table.inventory(at: now)
    counted = (inventory, revision, now.startOfDay)
    return inventory
  }
}
