import Testing

@testable import CSMCore

@Suite("Matching lost submits with fal's listing")
struct ReconciliationTests {
  static let timeout: Duration = .seconds(60)

  private func match(
    _ lost: [(Job.ID, Timestamp)], text: String = "same", _ listed: [(String, Duration, Bool)],
    listedText: String? = "same", since: Duration = .zero
  ) -> [Job.ID: String] {
    let jobs = lost.map { id, intent in
      LostSubmit(
        job: Job(id: id, request: SpeechRequest(text), take: Int(id), state: .failed),
        intent: intent, since: intent + since)
    }
    let requests = listed.map { id, after, succeeded in
      ListedRequest(
        requestID: id, sentAt: .evening + after, request: listedText.map { SpeechRequest($0) },
        succeeded: succeeded)
    }
    return Reconciliation.match(lost: jobs, listed: requests, submitTimeout: Self.timeout)
      .mapValues(\.requestID)
  }

  @Test(
    "takes a request that was not there before the intent, as far as both clocks may be off",
    arguments: [(-121, false), (-120, true), (0, true), (60, true), (86_400, true)])
  func window(_ seconds: Int, _ isMatch: Bool) {
    let found = match([(1, .evening)], [("a", .seconds(seconds), true)])
    #expect(found == (isMatch ? [1: "a"] : [:]))
  }

  @Test(
    "matching of equal ones takes a request only around their intents",
    arguments: [(-121, false), (-120, true), (180, true), (181, false)])
  func twins(_ seconds: Int, _ isMatch: Bool) {
    let found = match(
      [(1, .evening), (2, .evening - .seconds(86_400))], [("a", .seconds(seconds), true)])
    #expect(found[1] == (isMatch ? "a" : nil))
  }

  @Test("matching of equal ones takes one that came long after an intent whose POST was held up")
  func heldUp() {
    let lost: [(Job.ID, Timestamp)] = [(1, .evening), (2, .evening)]
    let listed: [(String, Duration, Bool)] = [("a", .seconds(900), true)]
    #expect(match(lost, listed).isEmpty)
    #expect(match(lost, listed, since: .seconds(905)) == [1: "a"])
  }

  @Test("takes none of another input, or of one that cannot be read")
  func otherInput() {
    #expect(match([(1, .evening)], [("a", .zero, true)], listedText: "other").isEmpty)
    #expect(match([(1, .evening)], [("a", .zero, true)], listedText: nil).isEmpty)
  }

  @Test("gives each request to one job only")
  func multiset() {
    let lost: [(Job.ID, Timestamp)] = [(1, .evening), (2, .evening + .seconds(1)), (3, .evening)]
    let found = match(lost, [("a", .zero, true), ("a", .zero, true), ("b", .seconds(1), true)])
    #expect(Set(found.values) == ["a", "b"])
    #expect(found.count == 2)
  }

  @Test("prefers one that ended well, then the one nearest to the intent")
  func preference() {
    let intent: [(Job.ID, Timestamp)] = [(1, .evening)]
    #expect(match(intent, [("a", .zero, false), ("b", .seconds(100), true)]) == [1: "b"])
    #expect(match(intent, [("a", .seconds(-9), true), ("b", .seconds(3), true)]) == [1: "b"])
  }
}
