import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("Voices")
struct VoiceTests {
  private let bench: Bench

  init() throws { bench = try Bench() }

  private func add(_ voice: Voice, _ clip: String) throws -> JobTable.VoiceAddition {
    try bench.table.add(voice, clip: Sample.audio(clip), at: Bench.start)
  }

  @Test("an added voice is visible to everybody, and its clip is an object")
  func added() throws {
    let anna = Voice(
      name: "anna", clip: Sample.audio("a").digest, transcript: "Hello.", consent: "by me")
    #expect(try add(anna, "a") == .added)
    #expect(try bench.another(.reader).voices() == [anna])
    #expect(try bench.number("SELECT count(*) FROM object") == 1)
  }

  @Test("adding the same voice again makes no other one, and keeps its consent")
  func again() throws {
    let said = Voice(
      name: "anna", clip: Sample.audio("anna").digest, transcript: "Hello there.", consent: "by me")
    #expect(try add(said, "anna") == .added)
    let again = Voice(name: "Anna", clip: said.clip, transcript: said.transcript)
    #expect(try add(again, "anna") == .known)
    #expect(try bench.table.voices() == [said])
  }

  @Test("a name is taken in any case until it is removed, and then free again")
  func taken() throws {
    #expect(try add(Sample.voice("anna"), "anna") == .added)
    let other = Voice(name: "ANNA", clip: Sample.audio("b").digest, transcript: "Hello there.")
    #expect(try add(other, "b") == .taken(Sample.voice("anna")))
    #expect(
      try add(Sample.voice("anna", words: "Goodbye."), "anna") == .taken(Sample.voice("anna")))
    #expect(try bench.table.removeVoice(named: "Anna"))
    #expect(try !bench.table.removeVoice(named: "anna"))
    #expect(try add(other, "b") == .added)
    #expect(try bench.table.voices() == [other])
  }

  @Test("two voices may share a clip; voices are sorted by name")
  func shared() throws {
    #expect(try add(Sample.voice("zoe"), "zoe") == .added)
    let anna = Voice(name: "Anna", clip: Sample.audio("zoe").digest, transcript: "Hello there.")
    #expect(try add(anna, "zoe") == .added)
    #expect(try bench.table.voices().map(\.name) == ["Anna", "zoe"])
    #expect(try bench.number("SELECT count(*) FROM object") == 1)
  }
}
