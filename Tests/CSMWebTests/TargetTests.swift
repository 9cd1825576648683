import CSMCore
import CSMSQLite
import Testing

@testable import CSMWeb

/// The paths and queries of calls.
@Suite("Targets")
struct TargetTests {
  @Test("values are decoded as browsers encode them")
  func values() throws {
    let target = try #require(
      Target("/api/lines?text=a+b%2Bc%20d&batch=%C3%BC%26%3D%3F&state=&x&y=1&y=2"))
    #expect(target.path == ["api", "lines"])
    #expect(target["text"] == "a b+c d")
    #expect(target["batch"] == "ü&=?")
    #expect(target["state"] == nil && target["x"] == nil && target["none"] == nil)
    #expect(target["y"] == "2")
  }

  @Test(
    "anything but a path on this host is refused",
    arguments: [
      nil, "", "api", "*", "http://evil.example/", "//evil.example/api", "\u{0}",
      "/" + String(repeating: "a", count: 9000),
    ])
  func none(text: String?) {
    #expect(Target(text) == nil)
  }

  @Test("numbers are clamped to their bounds")
  func numbers() throws {
    let target = try #require(Target("/?a=5&b=-5&c=99999999999999999999&d=x&e=600"))
    #expect(target.number("a", in: 1...500, or: 7) == 5)
    #expect(target.number("b", in: 1...500, or: 7) == 1)
    #expect(target.number("c", in: 1...500, or: 7) == 7)
    #expect(target.number("d", in: 1...500, or: 7) == 7)
    #expect(target.number("e", in: 1...500, or: 7) == 500)
  }

  @Test("a query of lines is parsed or refused")
  func query() throws {
    func query(_ text: String) -> LinesView.Query? {
      Target("/api/lines?\(text)").flatMap(LinesView.Query.init)
    }
    let plain = try #require(query("state=FAILED,HELD&batch=a&offset=5&counted=0"))
    #expect(plain.states == [.failed, .held] && plain.batch == "a" && plain.offset == 5)
    #expect(plain.isPlain && !plain.isCounted)
    let search = try #require(query("mark=any&after=7.9"))
    #expect(!search.isPlain && search.place == LinePlace(job: 7, item: 9))
    #expect(search.selection.states == [.stored])
    for wrong in ["state=LOST", "after=7", "after=a.b", "after=1.2.3"] {
      #expect(query(wrong) == nil)
    }
  }
}
