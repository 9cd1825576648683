/// Jobs that were paid for and spoken, and whose audio a person wants fetched again (`Job.isFetchedAgain`).
enum FetchedAgain {
  /// What `retry` writes.
  static let columns = "attempts = 0"
  /// At fal without an attempt, which only `retry` writes.
  static let condition = "state IN ('IN_QUEUE', 'COMPLETED') AND attempts = 0"
}
