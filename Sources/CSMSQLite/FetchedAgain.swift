/// Stored, paid-for jobs whose lost audio is to be downloaded again (`Job.isFetchedAgain`).
enum FetchedAgain {
  /// The columns that `retry` sets.
  static let columns = "attempts = 0"
  /// Only `retry` leaves a job at fal without an attempt.
  static let condition = "state IN ('IN_QUEUE', 'COMPLETED') AND attempts = 0"
}
