/// Submits that fal has, or may have.
///
/// One that fal certainly refused, or that never left, keeps its row, too: without a request, settled, and
/// at no cost.
enum Sent {
  /// SQL: whether a submit of the job, whose id is the SQL expression `job`, was sent.
  static func isAny(of job: String) -> String {
    """
    EXISTS (
      SELECT 1
      FROM submission
      WHERE submission.job_id = \(job)
        AND (submission.request_id IS NOT NULL OR submission.cost > 0 OR submission.is_settled = 0))
    """
  }
}
