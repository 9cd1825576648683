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

  @Test("a voice is there for everybody when it is added, with its clip among the objects")
  func added() throws {
    let anna = Voice(
      name: "anna", clip: Sample.audio("a").digest, transcript: "Hello.", consent: "by me")
    #expect(try add(anna, "a") == .added)
    #expect(try bench.another(.reader).voices() == [anna])
    #expect(try bench.number("SELECT count(*) FROM object") == 1)
  }

  @Test("the same voice once more is no other, and keeps what was said of the consent")
  func again() throws {
    let said = Voice(
      name: "anna", clip: Sample.audio("anna").digest, transcript: "Hello there.", consent: "by me")
    #expect(try add(said, "anna") == .added)
    let again = Voice(name: "Anna", clip: said.clip, transcript: said.transcript)
    #expect(try add(again, "anna") == .known)
    #expect(try bench.table.voices() == [said])
  }

  @Test("a name is taken, whatever its case, until it is removed; then it is free for another")
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

  @Test("two voices may share a clip, and come in the order of their names")
  func shared() throws {
    #expect(try add(Sample.voice("zoe"), "zoe") == .added)
    let anna = Voice(name: "Anna", clip: Sample.audio("zoe").digest, transcript: "Hello there.")
    #expect(try add(anna, "zoe") == .added)
    #expect(try bench.table.voices().map(\.name) == ["Anna", "zoe"])
    #expect(try bench.number("SELECT count(*) FROM object") == 1)
  }
}
