import Testing

@testable import CSMCore

@Suite("The context of a chained turn")
struct ChainTests {
  private static let voice = Voice(name: "anna", clip: digest(200), transcript: "Hello there.")
  private static let template = SpeechRequest(
    scene: [.init(text: "And now?", speakerID: 0)],
    context: [voice.context(as: 0)] + (1...3).map { number in turn(UInt8(number)) })

  private static func digest(_ byte: UInt8) -> Digest { Digest(SIMD32(repeating: byte)) }

  private static func turn(_ number: UInt8) -> SpeechRequest.Clip {
    .init(
      prompt: "Turn \(number).", audioURL: ClipSource.job(key: digest(number)).audioURL,
      speakerID: Int(number) % 2)
  }

  /// The numbers of the turns in the context of the released job.
  private func turns(
    spoken: [UInt8: Int?], voice length: Int? = 8_000
  ) -> [String] {
    let input = Chain.input(
      from: Self.template,
      spoken: Dictionary(
        uniqueKeysWithValues: spoken.map { number, length in
          (
            Self.digest(number),
            Chain.Sound(digest: Self.digest(number + 100), milliseconds: length)
          )
        }),
      lengths: length.map { [Self.digest(200): $0] } ?? [:])
    #expect(input.scene == Self.template.scene)
    #expect(input.context.first == Self.voice.context(as: 0))
    #expect(input.needs.isEmpty)
    for clip in input.context.dropFirst() {
      let number = UInt8(clip.prompt.filter(\.isNumber)) ?? 0
      #expect(clip.source == .object(Self.digest(number + 100)))
      #expect(clip.speakerID == Int(number) % 2)
    }
    return input.context.dropFirst().map(\.prompt)
  }

  @Test("has all spoken turns, the oldest first, after the voices")
  func all() {
    #expect(turns(spoken: [1: 2000, 2: 2000, 3: 2000]) == ["Turn 1.", "Turn 2.", "Turn 3."])
  }

  @Test("leaves out turns that were not spoken")
  func unspoken() {
    #expect(turns(spoken: [1: 2000, 3: 2000]) == ["Turn 1.", "Turn 3."])
    #expect(turns(spoken: [:]).isEmpty)
  }

  @Test("drops the oldest turns if CSM cannot remember all, but never a voice")
  func limit() {
    #expect(turns(spoken: [1: 30_000, 2: 30_000, 3: 20_000]) == ["Turn 2.", "Turn 3."])
    #expect(turns(spoken: [1: 2000, 2: 70_000, 3: 2000]) == ["Turn 3."])
    #expect(turns(spoken: [1: 2000, 2: 2000, 3: 2000], voice: 80_000).isEmpty)
  }

  @Test("estimates an unknown length from the words")
  func unknownLength() {
    #expect(turns(spoken: [1: nil, 2: nil, 3: nil], voice: nil).count == 3)
  }

  @Test("comes from a template that names the jobs and files it needs")
  func names() {
    #expect(Self.template.needs == [1, 2, 3].map(Self.digest))
    #expect(Self.template.files == [Self.digest(200)])
  }
}
