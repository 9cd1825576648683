import Testing

@testable import CSMCore

@Suite("Spoken length")
struct SpokenLengthTests {
  @Test("plain words count as written")
  func plain() {
    #expect(SpokenLength("") == SpokenLength(" \n "))
    #expect(SpokenLength("").most == 0)
    let words = SpokenLength("Come back soon.")
    #expect(words.least == 15 && words.most == 15)
    // There is a pause between sentences, but not after the last.
    let pause = SpokenLength("Come back. Come soon.")
    #expect(pause.least > SpokenLength("Come back come soon.").least)
  }

  @Test(
    "numbers, sums, dates and abbreviations count as what they are read as",
    arguments: [
      ("749534", "seven hundred forty-nine thousand five hundred thirty-four"),
      ("749534", "seven four nine five three four"),
      ("1999", "nineteen ninety-nine"), ("1,000,000", "one million"), ("42", "forty-two"),
      ("$4.99", "four dollars ninety-nine"), ("75%", "seventy-five percent"),
      ("0042", "zero zero four two"),
      ("1-800-555-0199", "one eight hundred five five five zero one nine nine"),
      ("12/05/2026", "twelve five twenty twenty-six"), ("10:30", "ten thirty"),
      ("FBI", "eff bee eye"), ("NASA", "nassa"), ("p.m.", "pee em"), ("Dr.", "doctor"),
      ("Prof.", "professor"), ("72 kg", "seventy-two kilograms"),
      ("12 + 30 = 42", "twelve plus thirty equals forty-two"),
    ])
  func readings(written: String, read: String) {
    let words = SpokenLength(written)
    let spoken = SpokenLength(read)
    #expect(words.least <= spoken.most * 1.5, "\(words) for \(spoken)")
    #expect(words.most >= spoken.least * 0.8, "\(words) for \(spoken)")
    #expect(words.most <= spoken.most * 3.2, "\(words) for \(spoken)")
  }

  @Test("a number that the old rule found too long is fine, and half of it too short")
  func code() {
    func checks(_ seconds: Double) -> [AudioCheck] {
      var context = AudioContext(text: "Your code is 749534.")
      context.milliseconds = Int(seconds * 1000)
      return AudioMark.all(nil, context).map(\.check)
    }
    #expect(checks(5.2) == [.notMeasured])
    #expect(checks(1) == [.notMeasured, .tooShort])
    #expect(checks(20) == [.notMeasured, .tooLong])
  }

  @Test("any text has a length, and `least` is at most `most`")
  func any() {
    var generator = SeededGenerator(seed: 3)
    let signs = Array("aB9,.-:$%/ \u{4F60}\u{AC00}\u{1F600}\u{301}'\"()\n0".unicodeScalars)
    for _ in 0..<2000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        text.append(signs[Int.random(in: 0..<signs.count, using: &generator)])
      }
      let words = SpokenLength(String(text))
      #expect(words.least >= 0 && words.least <= words.most, "\(String(text))")
    }
    let digits = SpokenLength(String(repeating: "9", count: 4000))
    #expect(digits.most == digits.least)
  }
}

@Suite("The pace of a voice")
struct VoicePaceTests {
  private static let text = "The lamp by the window burned until the morning."

  private func examples(_ count: Int, seconds: Double) -> [VoicePace.Example] {
    let milliseconds = Int(seconds * 1000)
    let measure = AudioMeasure(
      level: 0.1, speechLevel: -15, floorLevel: -60, timbreRange: 12,
      soundMilliseconds: milliseconds, spanMilliseconds: milliseconds)
    return (0..<count).compactMap { _ in VoicePace.Example(Self.text, measure) }
  }

  @Test("it is learned from two dozen examples, and narrows the limits")
  func learned() {
    let words = SpokenLength(Self.text)
    #expect(VoicePace(examples(23, seconds: 2.5)) == .usual)
    let pace = VoicePace(examples(24, seconds: 2.5))
    #expect(pace.isLearned)
    #expect(abs(pace.seconds(words.least) - 2.5) < 0.01)
    #expect(pace.shortest(words) > 1.5 && pace.longest(words) < 4)
    #expect(VoicePace.usual.shortest(words) < pace.shortest(words))
    #expect(VoicePace.usual.longest(words) > pace.longest(words))
  }

  @Test("bad examples do not shift it, and implausible paces are not learned")
  func bad() {
    let pace = VoicePace(examples(24, seconds: 2.5) + examples(8, seconds: 1.2))
    #expect(pace == VoicePace(examples(24, seconds: 2.5)))
    #expect(VoicePace(examples(40, seconds: 0.5)) == .usual)
  }

  @Test("ambiguous texts and marked recordings are not used")
  func examplesOnly() {
    let good = AudioMeasure(
      level: 0.1, speechLevel: -15, floorLevel: -60, timbreRange: 12, soundMilliseconds: 4000,
      spanMilliseconds: 4000)
    #expect(VoicePace.Example("Call NASA and the USA on 12/05/2026 at 10:30.", good) == nil)
    #expect(VoicePace.Example("Yes.", good) == nil)
    var gap = good
    gap.pauseMilliseconds = 3000
    #expect(VoicePace.Example(Self.text, good) != nil)
    #expect(VoicePace.Example(Self.text, gap) == nil)
  }
}

@Suite("The length at which recordings are cut off")
struct LengthCapTests {
  private func group(
    _ milliseconds: Int, _ recordings: Int, _ characters: ClosedRange<Int> = 40...90
  )
    -> LengthCap.Group
  {
    .init(milliseconds: milliseconds, recordings: recordings, characters: characters)
  }

  @Test("four longest recordings of different texts reveal it")
  func cap() {
    let others = [group(3000, 2), group(4080, 1), group(6000, 3)]
    #expect(LengthCap.find(others) == nil)
    #expect(LengthCap.find(others + [group(10_000, 4)]) == 10_000)
    #expect(LengthCap.find(others + [group(10_000, 3)]) == nil)
    // Texts of the same length take the same time.
    #expect(LengthCap.find(others + [group(10_000, 9, 50...55)]) == nil)
    #expect(LengthCap.find([]) == nil)
  }

  @Test("if there are longer ones it takes more recordings, and more than nearby by chance")
  func among() {
    #expect(LengthCap.find([group(10_000, 5), group(25_000, 1)]) == nil)
    #expect(LengthCap.find([group(10_000, 7), group(25_000, 1)]) == 10_000)
    let crowd = (0..<100).map { group(2000 + 80 * $0, 7) }
    #expect(LengthCap.find(crowd) == nil)
  }
}
