import Foundation

/// One accepted request.
///
/// It is kept for as long as the stand-in runs, so it is small: the body stands in the ledger.
struct Job: Sendable {
  /// Where it is.
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
  /// What the path of the submit had after the app; the queue takes any.
  let subpath: String
  /// What answers at this path; nil where nothing does, which the result tells.
  let model: Model?
  let sentAt: Date
  /// Seconds that a runner needs for it.
  let serviceTime: TimeInterval
  /// When it ends if it has not started by then.
  let startDeadline: Date?
  /// Characters to be billed; nil where the input is not valid.
  let characters: Int?
  let fault: RunFault?
  /// Its line in the ledger.
  let place: AppendOnlyFile.Place

  var phase = Phase.waiting
  var startedAt: Date?
  var endedAt: Date?
  /// Its number in the queue, counted from the first that ever waited.
  var ticket = 0
  /// Status calls that it got.
  var polls = 0
  var hasFallenBack = false

  /// The path that was posted to.
  var endpoint: String { subpath.isEmpty ? app : app + "/" + subpath }

  /// The ending; nil until then.
  var ending: Ending? {
    guard case .ended(let ending) = phase else { return nil }
    return ending
  }

  /// The failure that its result tells; nil while it runs, when all went well, and when the model
  /// refuses the input, which `statusCode` knows.
  var failure: RunFailure? {
    switch (ending, fault) {
    case (.cancelled, _): .cancelled
    case (.startTimeout, _): .startTimeout
    case (.finished, .fails(let failure)): failure
    default: nil
    }
  }

  /// The status code of its result once it has ended.
  var statusCode: Int {
    if let failure { return failure.status }
    if model == nil { return 404 }
    return characters == nil ? 422 : 200
  }

  /// Whether fal has forgotten it.
  var isLost: Bool { ending != nil && fault == .lost }
}
