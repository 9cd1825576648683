import ArgumentParser
import UnixSignals

/// Runs `body` until it ends or a signal (SIGINT, SIGTERM) ends the campaign.
///
/// After a signal, its programs are killed and its mounts undone before this returns.
func untilInterrupted(_ body: @escaping @Sendable () async throws -> Void) async throws {
  let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask(operation: body)
    group.addTask {
      for await _ in signals { throw ExitCode(130) }
    }
    defer { group.cancelAll() }
    try await group.next()
  }
}

/// Runs `body` to its end even if the campaign is cancelled: for cleaning up.
func undisturbed(_ body: @escaping @Sendable () async throws -> Void) async throws {
  try await Task(operation: body).value
}
