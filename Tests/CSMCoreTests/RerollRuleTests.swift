import Testing

@testable import CSMCore

@Suite("When lines are spoken again, and how")
struct RerollRuleTests {
  private static let silent = [AudioMark(.silent)]

  private func takes(
    _ marks: [AudioMark] = silent, rerolls: Int = 0, of max: Int = 1,
    _ change: (inout RerollRule.Takes) -> Void = { _ in }
  ) -> RerollRule.Takes {
    var takes = RerollRule.Takes(marks: marks, rerolls: rerolls, rerollsMax: max)
    change(&takes)
    return takes
  }

  @Test("bad audio, while more takes are allowed, none is open, and no person has decided")
  func due() {
    #expect(takes().wantAnother)
    #expect(!takes([]).wantAnother)
    #expect(!takes([AudioMark(.lead)]).wantAnother, "odd is not bad")
    #expect(!takes(rerolls: 1).wantAnother)
    #expect(takes(rerolls: 1, of: 2).wantAnother)
    #expect(!takes(of: 0).wantAnother)
    #expect(!takes { $0.hasOpen = true }.wantAnother)
    #expect(!takes { $0.isPinned = true }.wantAnother)
    #expect(!takes { $0.isDeclined = true }.wantAnother)
  }

  @Test("one check on more than a tenth of the first lines is no coincidence")
  func common() {
    let fine = [[AudioMark]](repeating: [], count: 44)
    #expect(RerollRule.commonCheck(in: fine + Array(repeating: Self.silent, count: 5)) == nil)
    #expect(RerollRule.commonCheck(in: fine + Array(repeating: Self.silent, count: 6)) == .silent)
    let lead = Array(repeating: [AudioMark(.lead)], count: 20)
    #expect(RerollRule.commonCheck(in: lead) == nil)
    let mixed = (0..<5).flatMap { _ in [Self.silent, [AudioMark(.gap)]] }
    #expect(RerollRule.commonCheck(in: mixed) == nil)
  }

  private static func request(_ text: String, context: [SpeechRequest.Clip] = []) -> SpeechRequest {
    SpeechRequest(scene: [.init(text: text, speakerID: 3)], context: context)
  }

  private func texts(_ text: String, _ check: AudioCheck) -> [String] {
    RerollRule.request(for: Self.request(text), after: takes([AudioMark(check)])).scene
      .map(\.text)
  }

  @Test("only the last take, or one after cached audio, has an eased request")
  func change() {
    let request = Self.request("no end")
    #expect(RerollRule.request(for: request, after: takes(of: 2)) == request)
    #expect(RerollRule.request(for: request, after: takes(rerolls: 1, of: 2)) != request)
    #expect(RerollRule.request(for: request, after: takes(of: 2) { $0.isCached = true }) != request)
  }

  @Test("one thing changes, depending on what went wrong")
  func eased() {
    #expect(texts("no end", .silent) == ["no end."])
    #expect(texts("no end", .tooShort) == ["no end."])
    #expect(texts("It ends.", .silent) == ["It ends."], "nothing is known to help")
    #expect(texts("It took 42 days.", .again) == ["It took forty-two days."])
    let long =
      "One sentence that goes on for a while. And a second one, which is no shorter than the first."
    #expect(texts(long, .tooShort).count == 2)
    #expect(texts(long, .tooShort).joined(separator: " ") == long)
    #expect(texts(String(long.dropLast()), .silent) == [long])
  }

  @Test(
    "no eased request is longer than the most that is told of it",
    arguments: [
      ("It ends.", 8), ("no end", 7), ("777", 28), ("1999 is 7", 14),
      (
        "A first sentence that goes on for a while, and a second one, which is no shorter, of 3", 91
      ),
    ])
  func longest(_ text: String, _ max: Int) {
    var request = Self.request(text)
    #expect(request.easedCharactersMax == max)
    for check in [AudioCheck.silent, .tooShort, .silent, .tooShort, .silent, .silent] {
      request = RerollRule.request(for: request, after: takes([AudioMark(check)]))
      #expect(request.characters <= max)
    }
  }

  @Test("drops the older half of the earlier turns and keeps the voices")
  func context() {
    let voice = SpeechRequest.Clip(
      prompt: "voice", audioURL: ClipSource.object(Digest(SIMD32(repeating: 1))).audioURL,
      speakerID: 3)
    let turns = (2...4).map {
      SpeechRequest.Clip(
        prompt: "turn \($0)",
        audioURL: ClipSource.job(key: Digest(SIMD32(repeating: UInt8($0)))).audioURL, speakerID: 3)
    }
    let request = Self.request("It ends.", context: [voice] + turns)
    let eased = RerollRule.request(for: request, after: takes())
    #expect(eased.context.map(\.prompt) == ["voice", "turn 4"])
  }

  @Test(
    "numbers in words",
    arguments: [
      ("0", "zero"), ("7.", "seven."), ("13 of 20", "thirteen of twenty"), ("42!", "forty-two!"),
      ("100", "one hundred"), ("999,", "nine hundred ninety-nine,"),
      // Ambiguous numbers stay.
      ("1999", "1999"), ("007", "007"), ("3.5", "3.5"), ("$5", "$5"), ("50%", "50%"),
      ("5th", "5th"), ("B2", "B2"), ("", ""), ("  2  ", "  two  "),
    ])
  func numbers(_ text: String, _ words: String) {
    #expect(NumberWords.spelled(in: text) == words)
  }

  @Test("large numbers")
  func cardinals() {
    #expect(NumberWords.cardinal(1_000_001) == "one million one")
    #expect(NumberWords.cardinal(12_345) == "twelve thousand three hundred forty-five")
    #expect(NumberWords.cardinal(1_000_000_000_000) == "one trillion")
  }

  @Test("the better take has fewer bad marks, then fewer odd ones, then the more likely length")
  func rank() {
    func rank(_ checks: [AudioCheck], seconds: Double = 3) -> TakeRank {
      var context = AudioContext(text: "The lamp by the window burned until the morning")
      context.milliseconds = Int(seconds * 1000)
      return TakeRank(checks.map { AudioMark($0) }, context)
    }
    let order = [
      rank([], seconds: 3.5), rank([], seconds: 9), rank([], seconds: 0.2), rank([.lead]),
      rank([.lead, .cut]), rank([.silent]), rank([.silent, .cut]),
    ]
    #expect(order == order.sorted())
    #expect(!rank([], seconds: 9).isMarkedMore(than: rank([], seconds: 3)))
    #expect(rank([.lead]).isMarkedMore(than: rank([])))
  }
}
