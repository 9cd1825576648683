/// Signs that fal cannot be reached, or gives no usable answer.
///
/// Each submit has a connection of its own, so each failure is that of a different connection.
struct Outage: Sendable {
  /// This many failures within this time, with no answer in between, make an outage.
  static let failuresMin = 3
  static let within: Duration = .seconds(60)
  /// So do this many unanswered submits in a row, however well fal answers other questions.
  static let unansweredMax = 5

  private var failures: [(at: Timestamp, shared: String?)] = []
  private var unanswered = 0
  /// Whether only submits get no answer, so that answers to other questions do not open the gate.
  private(set) var isOfSubmits = false

  /// A submit got no usable answer.
  ///
  /// - Parameter shared: what several submits may have waited for together; its failure counts once.
  mutating func note(shared: String? = nil, at now: Timestamp) {
    failures.removeAll { $0.at < now - Self.within }
    let isKnown = failures.contains { $0.at == now && $0.shared == shared }
    guard shared == nil || !isKnown else { return }
    failures.append((now, shared))
    unanswered += 1
  }

  /// Whether a submit failed and nothing has been answered since: the next one may fail as well, and nobody
  /// would know whether fal has it.
  var isSuspected: Bool { !failures.isEmpty }

  /// Whether the gate is to be closed.
  ///
  /// - Parameter isTrial: whether the submit was a test of whether fal answers again.
  mutating func isOut(isTrial: Bool) -> Bool {
    if isTrial || unanswered >= Self.unansweredMax { isOfSubmits = true }
    return isOfSubmits || failures.count >= Self.failuresMin
  }

  /// The gate is closed, so the failures that closed it are done with.
  mutating func isKnown() {
    failures = []
    unanswered = 0
  }

  /// fal answered a question.
  mutating func isAnswered() {
    failures = []
  }

  /// fal answered a submit.
  mutating func isOver() { self = Outage() }
}
