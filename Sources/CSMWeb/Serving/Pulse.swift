import CLinux
import CSMCore
import CSMSQLite
import CSMWorkplace

/// Sends reports about the night to its watchers: one report for all, and only when something changed.
///
/// If a report cannot be made, it sends the reason instead, so that nobody takes an old report for a new one.
actor Pulse {
  private let workers: WorkerThreads
  private let reader: Reader
  private let make: @Sendable (JobTable?) throws -> String
  private let now: @Sendable () -> Timestamp

  private var watchers: [Int: AsyncStream<String>.Continuation] = [:]
  private var watchersSoFar = 0
  private var last: (text: String, version: Int?, madeAt: Timestamp, took: Duration)?
  /// Why the last report could not be made, as it is sent; nil if it was made.
  private var complaint: String?
  /// The report that is being made, for all who ask meanwhile.
  private var renewal: Task<String, any Error>?

  /// When to renew a report although the table has not changed: times pass, and csmd may have ended.
  private static let stale: Duration = .seconds(10)
  /// Making reports takes at most one part in this many of the time, unless the last one would
  /// become stale.
  ///
  /// One that cannot be made is tried again at each beat.
  private static let rest = 10

  /// - Parameter make: makes the report as it is sent; its argument is nil before the table exists.
  init(
    workers: WorkerThreads, reader: Reader, now: @escaping @Sendable () -> Timestamp,
    make: @escaping @Sendable (JobTable?) throws -> String
  ) {
    (self.workers, self.reader, self.now, self.make) = (workers, reader, now, make)
  }

  var count: Int { watchers.count }

  /// Starts watching: yields the last report, then each new one; `{"errors": […]}` in place of one that
  /// cannot be made.
  ///
  /// A new report replaces one that has not been sent yet.
  func watch() -> (id: Int, reports: AsyncStream<String>) {
    let (reports, continuation) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingNewest(1))
    watchersSoFar += 1
    watchers[watchersSoFar] = continuation
    if let text = complaint ?? last?.text { continuation.yield(text) }
    return (watchersSoFar, reports)
  }

  func leave(_ id: Int) {
    watchers.removeValue(forKey: id)?.finish()
    if watchers.isEmpty { reader.close() }
  }

  func endAll() {
    for id in watchers.keys { leave(id) }
  }

  /// The last report, or a new one if that is too old.
  func report() async throws -> String {
    if let last, now().since(last.madeAt) < Self.pace(last.took) { return last.text }
    return try await (renewal ?? renew(version: nil)).value
  }

  /// Makes and sends a report if something has changed; called once a second.
  func beat() async {
    guard !watchers.isEmpty, renewal == nil else { return }
    let version = await version()
    guard renewal == nil else { return }
    if let last {
      let age = now().since(last.madeAt)
      guard age >= Self.pace(last.took) else { return }
      let isNews = version == nil || version != last.version
      guard isNews || age >= Self.stale else { return }
    }
    let text = try? await renew(version: version).value
    guard let text = text ?? complaint else { return }
    for watcher in watchers.values { watcher.yield(text) }
  }

  /// A number that changes with each commit of another program; nil if the connection is not kept.
  private func version() async -> Int? {
    try? await workers.run { [reader] in
      guard reader.isKept else { return nil }
      return try reader.read { try $0.dataVersion() }
    }
  }

  /// How long a report stays current, given the time it took to make.
  private static func pace(_ took: Duration) -> Duration {
    min(max(.seconds(1), took * rest), stale)
  }

  private func renew(version: Int?) -> Task<String, any Error> {
    let task = Task {
      defer { renewal = nil }
      do {
        let text = try await made(version: version)
        complaint = nil
        return text
      } catch {
        let sentences = Failure(error)?.sentences ?? ["\(error)"]
        complaint = try? JSONText.line(["errors": sentences])
        throw error
      }
    }
    renewal = task
    return task
  }

  private func made(version: Int?) async throws -> String {
    let (text, took) = try await workers.run { [reader, make] in
      // Timed from here on, since waiting for a thread is not work.
      let begin = ContinuousClock.now
      let text: String
      do {
        text = try reader.read { try make($0) }
      } catch TableError.missing {
        text = try make(nil)
      }
      return (text, ContinuousClock.now - begin)
    }
    last = (text, version, now(), took)
    _ = malloc_trim(0)
    return text
  }
}
