import CSMCore
import GRDB
import Testing

@testable import CSMSQLite

@Suite("Uploads")
struct UploadTests {
  private let bench: Bench
  private let now = Bench.start
  private let a = Sample.audio("a")
  private let b = Sample.audio("b")

  init() throws {
    bench = try Bench(role: .daemon)
    _ = try bench.table.add(Sample.voice("a"), clip: a, at: now)
    _ = try bench.table.add(Sample.voice("b"), clip: b, at: now)
  }

  private func save(
    _ url: String, _ file: StoredAudio, at moment: Timestamp, lasts: Duration = .seconds(100)
  ) throws -> Bool {
    try bench.table.save(
      Upload(digest: file.digest, url: url, uploadedAt: moment, expiresAt: moment + lasts))
  }

  private func url(_ file: StoredAudio, beyond moment: Timestamp) throws -> String? {
    try bench.table.upload(of: file.digest, lastingBeyond: moment)?.url
  }

  @Test("the upload that lasts longest is used, and no expired one")
  func freshest() throws {
    #expect(try url(a, beyond: now) == nil)
    #expect(try save("https://fal.media/1", a, at: now))
    #expect(try save("https://fal.media/2", a, at: now + .seconds(50)))
    #expect(try save("https://fal.media/3", b, at: now + .seconds(90)))
    #expect(try url(a, beyond: now) == "https://fal.media/2")
    #expect(try url(a, beyond: now + .seconds(149)) == "https://fal.media/2")
    #expect(try url(a, beyond: now + .seconds(150)) == nil)
  }

  @Test("an upload at a URL that fal may not read is given up, however long it lasts")
  func notOurs() throws {
    #expect(try save("file:///etc/passwd", a, at: now, lasts: .seconds(1 << 40)))
    #expect(try save("https://fal.media/1", a, at: now))
    let stranger = try #require(try bench.table.upload(of: a.digest, lastingBeyond: now))
    try bench.table.bury(stranger, at: now)
    #expect(try url(a, beyond: now) == "https://fal.media/1")
  }

  @Test("uploads that fal could not read are given up, but not newer ones")
  func buried() throws {
    #expect(try save("https://fal.media/1", a, at: now))
    #expect(try save("https://fal.media/2", a, at: now + .seconds(10)))
    #expect(try save("https://fal.media/3", b, at: now))
    try bench.table.buryUploads(
      of: [a.digest], before: now + .seconds(5), at: now + .seconds(20))
    #expect(try url(a, beyond: now) == "https://fal.media/2")
    try bench.table.buryUploads(
      of: [a.digest], before: now + .seconds(10), at: now + .seconds(20))
    #expect(try url(a, beyond: now) == nil)
    #expect(try url(b, beyond: now) == "https://fal.media/3")
    let row = try #require(try bench.table.voiceRows(at: now).first)
    #expect(row.upload == nil)
    #expect(row.deadUploads == 2)
  }

  @Test("every URL ever used is recognized; one of another file is refused")
  func known() throws {
    #expect(try save("https://fal.media/1", a, at: now))
    try bench.table.buryUploads(of: [a.digest], before: now, at: now)
    #expect(try !save("https://fal.media/1", b, at: now))
    #expect(
      try bench.table.files(at: ["https://fal.media/1", "https://fal.media/0"])
        == ["https://fal.media/1": a.digest])
    // fal may give the same URL for the same bytes.
    #expect(try save("https://fal.media/1", a, at: now + .seconds(1)))
    #expect(try url(a, beyond: now) == "https://fal.media/1")
  }

  @Test("a voice shows its clip and its upload")
  func rows() throws {
    #expect(try save("https://fal.media/1", a, at: now))
    let rows = try bench.table.voiceRows(at: now)
    #expect(rows.map(\.voice.name) == ["a", "b"])
    #expect(rows.map { $0.upload?.url } == ["https://fal.media/1", nil])
    #expect(rows.map(\.bytes) == [44_100, 44_100])
    #expect(rows.map(\.milliseconds) == [1500, 1500])
    #expect(try bench.table.voiceRows(at: now + .seconds(100))[0].upload == nil)
  }
}
