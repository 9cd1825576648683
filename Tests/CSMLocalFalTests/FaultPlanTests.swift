import Testing

@testable import CSMLocalFal

@Suite("A fault plan")
struct FaultPlanTests {
  @Test(
    "is read from its text",
    arguments: [
      ("submit:reset-after=0.02", .reset, true, .share(0.02)),
      ("status:503=0.1", .status(503, retryAfter: nil), false, .share(0.1)),
      ("submit:429:7#2", .status(429, retryAfter: "7"), false, .numbers(2...2)),
      ("submit:429:date+9#2-4", .status(429, retryAfter: "date+9"), false, .numbers(2...4)),
      ("result:502-html-after#3+", .page(502), true, .numbers(3...Int.max)),
      ("download:truncate%10", .truncate, true, .every(10)),
      ("submit:locked=0.3", .locked(reason: "Exhausted balance."), false, .share(0.3)),
      ("submit:locked-after:Why: that", .locked(reason: "Why: that"), true, .always),
      ("submit:402-empty-after", .empty(402), true, .always),
      ("any:slow:5", .slow(bytesPerSecond: 5), true, .always),
      ("any:late:250", .late(milliseconds: 250), true, .always),
      (
        "listing:redirect:http://a.example/b", .redirect("http://a.example/b"), false, .always
      ),
    ] as [(String, Mishap, Bool, FaultPlan.When)])
  func reading(text: String, mishap: Mishap, takesEffect: Bool, when: FaultPlan.When) throws {
    let rule = try #require(try FaultPlan(text).calls.first)
    #expect(rule.fault == Fault(takesEffect: takesEffect, mishap: mishap))
    #expect(rule.when == when)
    #expect(rule.text == text)
  }

  @Test("has rules for calls and runs, with optional spaces")
  func mixed() throws {
    let plan = try FaultPlan("submit:hang#1, run:lost=0.5 ,run:audio-at:https://x.example/a,")
    #expect(plan.calls.count == 1)
    #expect(plan.runs.map(\.fault) == [.lost, .audioAt("https://x.example/a")])
  }

  @Test(
    "refuses what it does not know, and says what it expected",
    arguments: [
      ("submit", "CALL:FAULT"), ("nothing:hang", "a call of"), ("submit:foo", "not foo"),
      ("submit:600", "not 600"), ("submit:503-text", "not 503-text"),
      ("submit:502-html:7", "not 502-html"), ("submit:402-empty:7", "not 402-empty"),
      ("submit:refuse-after", "not refuse-after"),
      ("submit:truncate-after", "not truncate-after"), ("run:foo", "not foo"),
      ("submit:hang=2", "a share"), ("submit:hang#0", "numbers"), ("submit:hang#5-2", "numbers"),
      ("submit:hang%0", "every tenth"), ("submit:slow:x", "not slow"),
      ("submit:late", "not late"),
    ])
  func refusing(text: String, expected: String) {
    let error = #expect(throws: FaultPlanError.self) { try FaultPlan(text) }
    #expect(error?.description.contains(expected) == true)
  }

  @Test("applies the first rule that matches the number of the call")
  func order() throws {
    var control = FaultControl(quick(), seed: 1)
    control.plan = try FaultPlan("submit:hang#2,submit:503#2-3,any:close%4,status:reset")
    let drawn = (1...5).map { _ in control.count(.submit)?.mishap }
    let busy = Mishap.status(503, retryAfter: nil)
    #expect(drawn == [nil, .hang, busy, .close, nil])
    #expect(control.count(.status)?.mishap == .reset)
    #expect(
      control.followed == [
        "submit:hang#2": 1, "submit:503#2-3": 1, "any:close%4": 1, "status:reset": 1,
      ])
  }

  @Test("picks shares that depend only on its seed", arguments: [0.0, 0.1, 0.5, 1.0])
  func shares(share: Double) throws {
    func draw(seed: UInt64) throws -> [Bool] {
      var control = FaultControl(quick(), seed: seed)
      control.plan = try FaultPlan("submit:hang=\(share)")
      return (1...10_000).map { _ in control.count(.submit) != nil }
    }
    let drawn = try draw(seed: 3)
    let part = Double(drawn.count { $0 }) / 10_000
    #expect(abs(part - share) < 0.02)
    #expect(try draw(seed: 3) == drawn)
    if share == 0.1 || share == 0.5 { #expect(try draw(seed: 4) != drawn) }
  }
}
