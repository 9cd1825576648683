import CSMCore

extension WriteGate: WriteLock {
  package func withLock<Result>(_ body: () throws -> Result) throws -> Result {
    try withLock(timeout: timeout, body)
  }
}
