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
  }

  /// Lines that the judge is asked about at once.
  static let atOnce = 16
  /// Audio that was stored before the start counts as new for so long.
  private static let lately: Duration = .seconds(86_400)
  /// Between two looks for new lines, and after a failure.
  private static let gap: Duration = .seconds(1)
  private static let gapAfterFailure: Duration = .seconds(30)

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
    guard !state.isBusy, let step = state.step else { return true }
    return (try? table.hasStored(after: step)) ?? false
  }

  /// Judges what is stored until the task is cancelled.
  package func run() async {
    var hasFailed = false
    while !Task.isCancelled {
      do {
        let begin = try begin()
        var next = begin
        let lines = try table.judgeable(after: &next, limit: Self.atOnce)
        setBusy(next > begin)
        do {
          try await judge(lines.filter { scope.includes(marks: $0.line.marks, key: $0.key) })
          hasFailed = false
        } catch let failure as JudgeCommand.Failure {
          log.judgeFailed("\(failure)")
          hasFailed.toggle()
          // It is asked once more, and then about others: no line stands in the way of these.
          if hasFailed { next = begin }
          try await clock.sleep(for: Self.gapAfterFailure)
        }
        state.withLock { [next] in $0.step = next }
        if next == begin { try await clock.sleep(for: Self.gap) }
      } catch is CancellationError {
        return
      } catch {
        log.judgeFailed("\(error)")
        try? await clock.sleep(for: Self.gapAfterFailure)
      }
    }
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

  private func judge(_ lines: [JobTable.Judgeable]) async throws {
    guard !lines.isEmpty else { return }
    let questions = try lines.map(question)
    let verdicts = try await command.judge(
      questions, within: JudgeCommand.patience + JudgeCommand.patiencePerLine * lines.count)
    var hasAdded = false
    for line in lines {
      guard let verdict = verdicts[line.job], let digest = line.line.digest else { continue }
      if try table.save(verdict, on: digest, of: line.job, at: clock.now()) { hasAdded = true }
    }
    if hasAdded { wake() }
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
