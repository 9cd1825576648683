import Foundation

/// An accepted request.
///
/// Jobs are kept as long as the stand-in runs, so they are small: the body is only in the ledger.
struct Job: Sendable {
  enum Phase: Sendable {
    case waiting
    case running
    case ended(Ending)
  }

  /// Why it ended.
  enum Ending: Sendable {
    case finished
    case cancelled
    case startTimeout
  }

  let id: UUID
  /// `owner/app`.
  let app: String
  /// The submit's path after the app; the queue accepts any.
  let subpath: String
  /// The model at this path; nil if there is none, which only the result reveals.
  let model: Model?
  let sentAt: Date
  /// Seconds of run time.
  let serviceTime: TimeInterval
  /// The time at which it fails unless it has started; nil for never.
  let startDeadline: Date?
  /// The characters to bill; nil if the input is invalid.
  let characters: Int?
  let fault: RunFault?
  /// Its line in the ledger.
  let place: AppendOnlyFile.Place

  var phase = Phase.waiting
  var startedAt: Date?
  var endedAt: Date?
  /// Its number in the queue, counted over all requests that ever waited.
  var ticket = 0
  /// The number of status calls for it.
  var polls = 0
  var hasFallenBack = false

  /// The path of the submit.
  var endpoint: String { subpath.isEmpty ? app : app + "/" + subpath }

  /// How it ended; nil if it has not.
  var ending: Ending? {
    guard case .ended(let ending) = phase else { return nil }
    return ending
  }

  /// The failure in its result; nil before its end, after a success, and if the model refuses the
  /// input (see `statusCode`).
  var failure: RunFailure? {
    switch (ending, fault) {
    case (.cancelled, _): .cancelled
    case (.startTimeout, _): .startTimeout
    case (.finished, .fails(let failure)): failure
    default: nil
    }
  }

  /// The status code of its result after its end.
  var statusCode: Int {
    if let failure { return failure.status }
    if model == nil { return 404 }
    return characters == nil ? 422 : 200
  }

  /// Whether fal has forgotten it.
  var isLost: Bool { ending != nil && fault == .lost }
}
