import CSMCore

extension WriteGate: WriteLock {
  /// How long a program waits for its turn: as long as an addition of millions of lines may take.
  private static let patience: Duration = .seconds(120)

  package func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    try withLock(timeout: Self.patience, body)
  }
}
