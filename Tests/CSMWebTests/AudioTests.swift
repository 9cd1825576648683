import CSMCore
import CSMFiles
import CSMWorkplace
import HTTPTypes
import Testing

@testable import CSMWeb

/// Audio from the store, by its digest and in parts.
@Suite("Audio")
struct AudioTests {
  @Test("audio is served whole, in parts, by its tag, and not beyond its end")
  func parts() async throws {
    let house = try House()
    let digest = try house.addVoice()
    let pass = try house.pass()
    let path = "/audio/\(digest.hex)"
    let whole = try await house.call(.get, path, pass)
    #expect(whole.status == .ok && Digest(of: whole.body) == digest)
    #expect(whole.headers[.contentType] == "audio/wav")
    #expect(whole.headers[.cacheControl]?.contains("immutable") == true)
    let tag = try #require(whole.headers[.eTag])
    #expect(tag == "\"\(digest.hex)\"")

    let part = try await house.call(.get, path, pass, [(.range, "bytes=100-70099")])
    #expect(part.status == .partialContent)
    #expect(part.body == Array(whole.body[100..<70_100]))
    #expect(part.headers[.contentRange] == "bytes 100-70099/\(whole.body.count)")
    let end = try await house.call(.get, path, pass, [(.range, "bytes=-10")])
    #expect(end.body == whole.body.suffix(10))
    let beyond = try await house.call(.get, path, pass, [(.range, "bytes=\(whole.body.count)-")])
    #expect(beyond.status == .rangeNotSatisfiable)
    #expect(beyond.headers[.contentRange] == "bytes */\(whole.body.count)")

    let known = try await house.call(.get, path, pass, [(.ifNoneMatch, tag)])
    #expect(known.status == .notModified && known.body.isEmpty)
    let same = try await house.call(.get, path, pass, [(.range, "bytes=0-9"), (.ifRange, tag)])
    #expect(same.status == .partialContent)
    let other = try await house.call(
      .get, path, pass, [(.range, "bytes=0-9"), (.ifRange, "\"x\"")])
    #expect(other.status == .ok && other.body.count == whole.body.count)
    let head = try await house.call(.head, path, pass)
    #expect(head.status == .ok && head.body.isEmpty)
  }

  @Test("a waveform has the name of its audio")
  func peaks() async throws {
    let house = try House()
    let digest = try house.addVoice()
    let reply = try await house.call(.get, "/peaks/\(digest.hex)", try house.pass())
    #expect(reply.status == .ok)
    #expect(reply.text.wholeMatch(of: /\{"peaks":"[A-Za-z0-9_-]{120}"\}/) != nil)
  }

  static let names = [
    "..", "..%2f..%2fcsm.db", "%2e%2e", String(repeating: "0", count: 63),
    String(repeating: "0", count: 64), String(repeating: "A", count: 64), "tmp", "a%00b", "*",
    "'; DROP TABLE job; --",
  ]

  @Test("no other file in the folder can be reached", arguments: names)
  func hostile(name: String) async throws {
    let house = try House()
    let digest = try house.addVoice()
    let pass = try house.pass()
    for place in ["audio", "peaks"] {
      let reply = try await house.call(.get, "/\(place)/\(name)", pass)
      #expect([.notFound, .badRequest].contains(reply.status))
      let below = try await house.call(.get, "/\(place)/\(digest.hex)/\(name)", pass)
      #expect([.notFound, .badRequest].contains(below.status))
    }
  }

  @Test("a file that no row names is not served")
  func orphan() async throws {
    let house = try House()
    try house.add(["A line."])
    let orphan = try AudioStore(root: house.workplace.state.path).put(
      clip: Sound(samples: [0, 1], rate: 8000).wav)
    let reply = try await house.call(.get, "/audio/\(orphan.digest.hex)", try house.pass())
    #expect(reply.status == .notFound)
  }
}
