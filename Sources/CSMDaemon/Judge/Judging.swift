import CSMCore
import CSMFiles
import CSMSQLite
import Foundation
import Synchronization

/// Passes newly stored audio to the user's own judge.
///
/// It runs beside the loop and never blocks it. A judge that fails marks nothing, and is asked
/// about other lines after a while.
package final class Judging: Sendable {
  private let command: JudgeCommand
  private let scope: JudgeScope
  private let table: JobTable
  private let store: AudioStore
  private let clock: any DaemonClock
  private let log: EventLog
  /// Called when verdicts may give the loop something to do.
  private let wake: @Sendable () -> Void
  private let state = Mutex(State())

  private struct State {
    /// Whether lines are being judged, as far as known.
    var isBusy = true
    /// The last step of the history that was examined; nil before the first.
    var step: Int64?
    /// What `wait` was last told; nil before the first time.
    var told: Note?
    /// The number of failed calls in a row.
    var failures = 0
    var isBroken: Bool { failures >= Judging.failuresMax }
  }

  /// What `wait` is told of the judge.
  private enum Note: Equatable {
    /// Audio after this step of the history is still to be judged.
    case judged(upTo: Int64)
    /// Not to wait for the judge.
    case broken
  }

  /// The number of lines per call.
  static let batchSize = 16
  /// Audio stored up to this long before the start is judged, too.
  private static let lookback: Duration = .seconds(86_400)
  /// The delay between looks for new lines, and after a failure.
  private static let gap: Duration = .seconds(1)
  private static let gapAfterFailure: Duration = .seconds(10)
  /// After this many failures in a row the judge is considered broken, and is asked rarely.
  private static let failuresMax = 4
  private static let gapWhereBroken: Duration = .seconds(600)

  package init(
    command: String, scope: JudgeScope, environment: [String: String], table: JobTable,
    store: AudioStore, clock: any DaemonClock, log: EventLog, wake: @escaping @Sendable () -> Void
  ) {
    self.command = JudgeCommand(command, environment: environment)
    self.scope = scope
    self.table = table
    self.store = store
    self.clock = clock
    self.log = log
    self.wake = wake
  }

  /// Whether lines are being judged or waiting to be; false for a broken judge.
  package var isBusy: Bool {
    let state = state.withLock(\.self)
    guard !state.isBroken else { return false }
    guard !state.isBusy, let step = state.step else { return true }
    return (try? table.hasStored(after: step)) ?? false
  }

  /// Tells `wait` to wait for the judge from now on.
  package func prepare() throws { try tell(.judged(upTo: begin())) }

  /// Judges stored audio until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      do {
        let begin = try begin()
        try tell(isBroken ? .broken : .judged(upTo: begin))
        var next = begin
        let lines = try table.judgeable(after: &next, limit: Self.batchSize)
        setBusy(next > begin)
        let isDone = try await judge(
          lines.filter { scope.includes(marks: $0.line.marks, key: $0.key) })
        state.withLock { [next] state in
          state.failures = isDone ? 0 : state.failures + 1
          // A failed call is retried once, then skipped, so that no line blocks the others.
          if isDone || state.failures.isMultiple(of: 2) { state.step = next }
        }
        if !isDone {
          try await rest()
        } else if next == begin {
          try await clock.sleep(for: Self.gap)
        }
      } catch is CancellationError {
        return
      } catch {
        log.judgeFailed("\(error)")
        try? await clock.sleep(for: Self.gapAfterFailure)
      }
    }
  }

  private var isBroken: Bool { state.withLock(\.isBroken) }

  /// Waits after a failure, for longer once the judge is broken; idle csmd does not wait for that.
  private func rest() async throws {
    let isBroken = isBroken
    if isBroken {
      setBusy(false)
      try tell(.broken)
    }
    try await clock.sleep(for: isBroken ? Self.gapWhereBroken : Self.gapAfterFailure)
  }

  private func begin() throws -> Int64 {
    if let step = state.withLock(\.step) { return step }
    let first = try table.judgingStart(since: clock.now() - Self.lookback)
    state.withLock { $0.step = first }
    return first
  }

  private func tell(_ note: Note) throws {
    guard state.withLock(\.told) != note else { return }
    switch note {
    case .judged(let step): try table.noteJudging(upTo: step)
    case .broken: try table.noteJudging(upTo: nil)
    }
    state.withLock { $0.told = note }
  }

  private func setBusy(_ isBusy: Bool) {
    let was = state.withLock { state in
      defer { state.isBusy = isBusy }
      return state.isBusy
    }
    if was, !isBusy { wake() }
  }

  /// - Returns: whether the call succeeded.
  private func judge(_ lines: [JobTable.Judgeable]) async throws -> Bool {
    guard !lines.isEmpty else { return true }
    var answers = JudgeCommand.Answers()
    do {
      answers = try await command.judge(
        try lines.map(question),
        within: JudgeCommand.startTimeout + JudgeCommand.timeoutPerLine * lines.count)
    } catch let failure as JudgeFailure {
      answers.failure = failure
    }
    var hasAdded = false
    for line in lines {
      guard let verdict = answers.verdicts[line.job], let digest = line.line.digest else {
        continue
      }
      if try table.save(verdict, on: digest, of: line.job, at: clock.now()) { hasAdded = true }
    }
    if hasAdded { wake() }
    if let failure = answers.failure { log.judgeFailed("\(failure)") }
    return answers.failure == nil
  }

  private func question(_ subject: JobTable.Judgeable) throws -> String {
    let line = subject.line
    let question: JSONObject = [
      "id": subject.job, "batch": line.batch, "line": line.line, "take": line.take,
      "path": line.digest.map(store.path(of:)), "media_type": line.mediaType, "text": line.sent,
      "voice": line.voice, "speaker": line.speaker,
      "duration_s": line.durationMilliseconds.map { Double($0) / 1000 },
      "checks": line.marks.map(\.check.rawValue), "level_db": subject.measure?.speechLevel,
      "floor_db": subject.measure?.floorLevel,
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(question), as: UTF8.self)
  }
}
