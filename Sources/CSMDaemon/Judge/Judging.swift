import CSMCore
import CSMFiles
import CSMSQLite
import Foundation
import Synchronization

/// Has the audio of lines judged by a person's own command, as they are stored.
///
/// It runs beside the loop and holds up nothing: a judge that fails marks nothing, and is asked about other
/// lines after a while.
package final class Judging: Sendable {
  private let command: JudgeCommand
  private let scope: JudgeScope
  private let table: JobTable
  private let store: AudioStore
  private let clock: any DaemonClock
  private let log: TurnLog
  /// Called where verdicts have changed what the loop has to do.
  private let wake: @Sendable () -> Void
  private let state = Mutex(State())

  private struct State {
    /// Lines are being judged, as far as is known.
    var isBusy = true
    /// The number of the last step that was looked at; nil before the first look.
    var step: Int64?
    /// Calls that failed, in a row.
    var failures = 0
  }

  /// Lines that the judge is asked about at once.
  static let atOnce = 16
  /// Audio that was stored before the start counts as new for so long.
  private static let lately: Duration = .seconds(86_400)
  /// Between two looks for new lines, and after a failure.
  private static let gap: Duration = .seconds(1)
  private static let gapAfterFailure: Duration = .seconds(10)
  /// So many failures in a row are no chance, and then it is asked seldom.
  private static let failuresMax = 4
  private static let gapWhereBroken: Duration = .seconds(600)

  package init(
    command: String, scope: JudgeScope, environment: [String: String], table: JobTable,
    store: AudioStore, clock: any DaemonClock, log: TurnLog, wake: @escaping @Sendable () -> Void
  ) {
    self.command = JudgeCommand(command, environment: environment)
    self.scope = scope
    self.table = table
    self.store = store
    self.clock = clock
    self.log = log
    self.wake = wake
  }

  /// Whether lines are being judged, or are still to be.
  package var isBusy: Bool {
    let state = state.withLock(\.self)
    guard state.failures < Self.failuresMax else { return false }
    guard !state.isBusy, let step = state.step else { return true }
    return (try? table.hasStored(after: step)) ?? false
  }

  /// Judges what is stored until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      do {
        let begin = try begin()
        var next = begin
        let lines = try table.judgeable(after: &next, limit: Self.atOnce)
        setBusy(next > begin)
        let isDone = try await judge(
          lines.filter { scope.includes(marks: $0.line.marks, key: $0.key) })
        state.withLock { [next] state in
          state.failures = isDone ? 0 : state.failures + 1
          // It is asked once more, and then about others: no line stands in the way of these.
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

  /// Waits after a failure: the longer, the more there were in a row; nobody waits for a judge that is broken.
  private func rest() async throws {
    let isBroken = state.withLock { $0.failures >= Self.failuresMax }
    if isBroken { setBusy(false) }
    try await clock.sleep(for: isBroken ? Self.gapWhereBroken : Self.gapAfterFailure)
  }

  private func begin() throws -> Int64 {
    if let step = state.withLock(\.step) { return step }
    let first = try table.judgingStart(since: clock.now() - Self.lately)
    state.withLock { $0.step = first }
    return first
  }

  private func setBusy(_ isBusy: Bool) {
    let was = state.withLock { state in
      defer { state.isBusy = isBusy }
      return state.isBusy
    }
    if was, !isBusy { wake() }
  }

  /// - Returns: whether the judge said of all lines what it has to say.
  private func judge(_ lines: [JobTable.Judgeable]) async throws -> Bool {
    guard !lines.isEmpty else { return true }
    var answers = JudgeCommand.Answers()
    do {
      answers = try await command.judge(
        try lines.map(question),
        within: JudgeCommand.patience + JudgeCommand.patiencePerLine * lines.count)
    } catch let failure as JudgeCommand.Failure {
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
