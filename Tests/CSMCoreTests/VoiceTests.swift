import Testing

@testable import CSMCore

@Suite("Voices and the sources of clips")
struct VoiceTests {
  private static let digest = Digest(SIMD32<UInt8>(repeating: 0xAB))

  @Test("each source of a clip survives a round trip")
  func sources() {
    let sources: [ClipSource] = [
      .object(Self.digest), .job(key: Self.digest), .url("https://example.com/a.wav"),
    ]
    for source in sources { #expect(ClipSource(audioURL: source.audioURL) == source) }
    let hex = Self.digest.hex
    for text in ["sha256:", "sha256:\(hex)0", "SHA256:\(hex)", "job:\(hex.uppercased())", hex, ""] {
      #expect(ClipSource(audioURL: text) == .url(text))
    }
  }

  @Test("a voice's clip in a context has its digest, not a URL")
  func context() {
    let voice = Voice(name: "anna", clip: Self.digest, transcript: "Hello.")
    let clip = voice.context(as: 1)
    #expect(clip.prompt == "Hello.")
    #expect(clip.speakerID == 1)
    #expect(clip.source == .object(Self.digest))
  }

  @Test("names of voices", arguments: ["anna", "Anna-Lena 2", "Ærø", "1st", "o"])
  func good(_ name: String) { #expect(Voice.isValid(name: name)) }

  @Test(
    "what is no name of a voice",
    arguments: [
      "", " anna", "anna ", "-v", "a=b", "a,b", "a/b", "a:b", "a\"b", "*", "a\nb", "\u{202E}a",
      String(repeating: "a", count: 65),
    ])
  func bad(_ name: String) { #expect(!Voice.isValid(name: name)) }

  @Test("a voice's name ignores the case of ASCII letters only")
  func named() {
    let voice = Voice(name: "Anna Ö", clip: Self.digest, transcript: "Hello.")
    for name in ["Anna Ö", "ANNA Ö", "anna Ö"] { #expect(voice.isNamed(name)) }
    for name in ["Anna ö", "Anna", "Anna Ö2", ""] { #expect(!voice.isNamed(name)) }
  }

  @Test("estimates of the space in CSM's context window")
  func positions() {
    // 8.96 s of audio are 112 frames, plus one at the end.
    #expect(Positions.clip(milliseconds: 8960, characters: 0) == 112 + 1 + 5)
    #expect(Positions.clip(milliseconds: 8961, characters: 0) == 113 + 1 + 5)
    #expect(Positions.turn(characters: 7) == 2 + 5)
    #expect(Positions.turn(characters: 8) == 3 + 5)
    #expect(Positions.clip(milliseconds: .max, characters: .max) > Positions.all)
    #expect(Positions.clip(milliseconds: -1, characters: -1) == 6)
  }
}
