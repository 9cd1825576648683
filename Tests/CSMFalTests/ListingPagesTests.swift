import CSMCore
import CSMFal
import Synchronization
import Testing

/// Answers each request with the next answer of a script, and the last one for ever.
private final class Script: Transport {
  private let answers: Mutex<[Result<HTTPResponse, HTTPFailure>]>

  init(_ answers: [Result<HTTPResponse, HTTPFailure>]) { self.answers = Mutex(answers) }

  func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
    answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
  }
}

@Suite("A page of fal's listing that cannot be read")
struct ListingPagesTests {
  private typealias Answer = Result<HTTPResponse, HTTPFailure>

  private static let moment = Timestamp(milliseconds: 1_800_000_000_000)

  private static func page(_ id: String, next: String?) -> Answer {
    let cursor = next.map { #""\#($0)""# } ?? "null"
    return .said(
      200,
      #"""
      {"items": [{"request_id": "\#(id)", "sent_at": "\#(moment.rfc3339)", "json_input": {"scene": []}}],
       "next_cursor": \#(cursor), "has_more": \#(next != nil)}
      """#)
  }

  private static let limited = Answer.said(429, #"{"detail": "slow down"}"#, retryAfter: "3")
  private static let down = Answer.said(503, "<html>")

  /// The ids that are listed, whether that is the whole list, and the waits in between.
  private func list(
    _ answers: [Answer]
  ) async -> (ids: [String], isWhole: Bool, waits: [Duration]) {
    let client = FalClient(transport: Script(answers), services: .init(Settings())) {
      Secret("a:b")
    }
    let waits = Mutex<[Duration]>([])
    let listed = await client.list(
      endpoints: ["fal-ai/csm-1b"], since: Self.moment - .seconds(60),
      wait: { delay in waits.withLock { $0.append(delay) } }, isWanted: { _ in true })
    let noted = waits.withLock { $0 }
    switch listed {
    case .listed(let requests, _): return (requests.map(\.requestID), true, noted)
    case .unavailable(_, let shown): return (shown.map(\.requestID), false, noted)
    }
  }

  @Test("is asked for again, as late as fal wants")
  func again() async {
    let read = await list([
      Self.limited, Self.page("a", next: "2"), Self.down, Self.limited, Self.page("b", next: nil),
    ])
    #expect(read.ids == ["a", "b"] && read.isWhole)
    #expect(read.waits == [.seconds(3), .seconds(1), .seconds(3)])
  }

  @Test("an input that is listed as the text of its JSON is read, too")
  func textInput() async {
    let item = #"""
      {"request_id": "a", "sent_at": "\#(Self.moment.rfc3339)", "json_input": "{\"scene\": []}"}
      """#
    let read = await list([.said(200, #"{"items": [\#(item)], "has_more": false}"#)])
    #expect(read.ids == ["a"] && read.isWhole)
  }

  @Test("ends the reading after half a minute, and what the others show is kept")
  func given() async {
    let read = await list([Self.page("a", next: "2"), Self.down])
    #expect(read.ids == ["a"] && !read.isWhole)
    #expect(read.waits == [1, 2, 4, 8].map { .seconds($0) })
  }

  @Test("ends the reading at once if it is the first, or another try would not help")
  func atOnce() async {
    let refused = Answer.said(403, #"{"detail": "no"}"#)
    let late = Answer.said(429, #"{"detail": "slow down"}"#, retryAfter: "60")
    for answers in [[Self.down], [Self.page("a", next: "2"), refused], [late]] {
      let read = await list(answers)
      #expect(!read.isWhole && read.waits.isEmpty)
    }
  }
}

extension Result<HTTPResponse, HTTPFailure> {
  fileprivate static func said(_ status: Int, _ body: String, retryAfter: String? = nil) -> Self {
    let headers = retryAfter.map { [HTTPHeader("retry-after", $0)] } ?? []
    return .success(
      HTTPResponse(head: HTTPHead(status: status, headers: headers), body: Array(body.utf8)))
  }
}
