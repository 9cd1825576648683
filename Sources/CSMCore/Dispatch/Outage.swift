/// Signs that fal cannot be reached, or answers nothing of use.
///
/// Each submit has a connection to itself, so each failure is that of another connection.
struct Outage: Sendable {
  /// So many failures within this time, with no answer of fal's between, make an outage.
  static let failuresMin = 3
  static let within: Duration = .seconds(60)
  /// So many submits in a row without an answer make one too, however well fal answers other questions.
  static let unansweredMax = 5

  private var failures: [(at: Timestamp, shared: String?)] = []
  private var unanswered = 0
  /// Submits alone get no answer: what fal answers to other questions opens nothing.
  private(set) var isOfSubmits = false

  /// A submit came to nothing.
  ///
  /// - Parameter shared: what many may have waited for together: its failure at one moment is one sign.
  mutating func note(shared: String? = nil, at now: Timestamp) {
    failures.removeAll { $0.at < now - Self.within }
    let isKnown = failures.contains { $0.at == now && $0.shared == shared }
    guard shared == nil || !isKnown else { return }
    failures.append((now, shared))
    unanswered += 1
  }

  /// Whether the gate is to be closed.
  ///
  /// - Parameter isTrial: the submit was to show whether fal answers again.
  mutating func isOut(isTrial: Bool) -> Bool {
    if isTrial || unanswered >= Self.unansweredMax { isOfSubmits = true }
    return isOfSubmits || failures.count >= Self.failuresMin
  }

  /// The gate is closed: what led to it is settled.
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
