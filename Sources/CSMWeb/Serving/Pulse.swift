import CLinux
import CSMCore
import CSMSQLite
import CSMWorkplace

/// What the watchers of the night are told, made once for all of them and only when there is news.
actor Pulse {
  private let work: Work
  private let reader: Reader
  private let make: @Sendable (JobTable?) throws -> String
  private let now: @Sendable () -> Timestamp

  private var watchers: [Int: AsyncStream<String>.Continuation] = [:]
  private var watchersSoFar = 0
  private var last: (text: String, version: Int?, madeAt: Timestamp, took: Duration)?
  private var isBusy = false

  /// Even where nothing is written, times pass and csmd may have ended.
  private static let stale: Duration = .seconds(10)
  /// The share of the time that is spent on reports at most.
  private static let rest = 10

  /// - Parameter make: the report as it is sent; nil stands for a table that there is not yet.
  init(
    work: Work, reader: Reader, now: @escaping @Sendable () -> Timestamp,
    make: @escaping @Sendable (JobTable?) throws -> String
  ) {
    (self.work, self.reader, self.now, self.make) = (work, reader, now, make)
  }

  /// How many are watching.
  var count: Int { watchers.count }

  /// The reports from now on, the newest first; one that comes while the last one is still on its way
  /// takes its place.
  func watch() -> (id: Int, reports: AsyncStream<String>) {
    let (reports, continuation) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingNewest(1))
    watchersSoFar += 1
    watchers[watchersSoFar] = continuation
    if let last { continuation.yield(last.text) }
    return (watchersSoFar, reports)
  }

  func leave(_ id: Int) {
    watchers.removeValue(forKey: id)?.finish()
    if watchers.isEmpty { reader.close() }
  }

  func endAll() {
    for id in watchers.keys { leave(id) }
  }

  /// The newest report, made now where the last one is old.
  func report() async throws -> String {
    if let last, now().since(last.madeAt) < Self.pace(last.took) { return last.text }
    return try await renew(version: nil)
  }

  /// Looks whether there is news, and tells it; called once a second.
  func beat() async {
    guard !watchers.isEmpty, !isBusy else { return }
    let version = await version()
    if let last {
      let age = now().since(last.madeAt)
      guard age >= Self.pace(last.took) else { return }
      let isNews = version == nil || version != last.version
      guard isNews || age >= Self.stale else { return }
    }
    guard let text = try? await renew(version: version) else { return }
    for watcher in watchers.values { watcher.yield(text) }
  }

  /// What changes with each commit of another program; nil where that cannot be told.
  private func version() async -> Int? {
    try? await work.run { [reader] in
      guard reader.isKept else { return nil }
      return try reader.read { try $0.dataVersion() }
    }
  }

  /// How long a report is good that took so long to make.
  private static func pace(_ took: Duration) -> Duration { max(.seconds(1), took * rest) }

  private func renew(version: Int?) async throws -> String {
    isBusy = true
    defer { isBusy = false }
    let begin = ContinuousClock.now
    let text = try await work.run { [reader, make] in
      do {
        return try reader.read { try make($0) }
      } catch TableError.missing {
        return try make(nil)
      }
    }
    last = (text, version, now(), ContinuousClock.now - begin)
    _ = malloc_trim(0)
    return text
  }
}
