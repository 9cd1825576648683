import CSMCore
import CSMSQLite
import Foundation
import HTTPTypes
import Testing

@testable import CSMWeb

/// Changes that a person makes on the page, and their costs.
@Suite("Changes")
struct ChangeTests {
  private func change(_ house: House, _ body: String) async throws -> Reply {
    try await house.call(.post, "/api/change", try house.pass(), body: Array(body.utf8))
  }

  @Test("a change reports its cost first, and then costs no more")
  func cost() async throws {
    let house = try House()
    try house.add(["The words of a line."])
    let lines = #""lines":[{"batch":"night","line":"L1"}]"#
    #expect(try await change(house, #"{"action":"cancel",\#(lines)}"#).status == .ok)
    let told = try await change(house, #"{"action":"reroll",\#(lines)}"#)
    #expect(told.text.contains(#""cost":"0.0006""#))
    #expect(try house.lines()[0].state == .cancelled)
    let dear = try await change(house, #"{"action":"reroll",\#(lines),"cost":"0.0005"}"#)
    #expect(dear.text.contains("cost") && !dear.text.contains("done"))
    let done = try await change(house, #"{"action":"reroll",\#(lines),"cost":"0.0006"}"#)
    #expect(done.text.contains("1 new take queued"))
  }

  @Test("an edit changes the words in place, and costs the new words")
  func edit() async throws {
    let house = try House()
    try house.add(["The words of a line.", "Another one."])
    let lines = #""lines":[{"batch":"night","line":"L1"}],"text":"Other words.""#
    #expect(try await change(house, #"{"action":"edit",\#(lines)}"#).text.contains("cost"))
    #expect(
      try await change(house, #"{"action":"edit",\#(lines),"cost":"1"}"#).text.contains("done"))
    #expect(try house.lines().map(\.text) == ["Other words.", "Another one."])
    let empty = #"{"action":"edit","lines":[{"batch":"night","line":"L1"}],"text":"…","cost":"1"}"#
    #expect(try await change(house, empty).status == .unprocessableContent)
  }

  @Test("only audio that was heard is accepted")
  func accept() async throws {
    let house = try House()
    try house.add(["The words of a line."])
    let first = try house.store("first")
    func lines(_ heard: String) -> String {
      #""lines":[{"batch":"night","line":"L1","heard":"\#(heard)"}]"#
    }
    let again = #"{"action":"reroll",\#(lines("")),"cost":"1"}"#
    #expect(try await change(house, again).text.contains("1 new take queued"))
    let second = try house.store("second")
    #expect(try house.lines()[0].digest == second)

    let heard = (first: String(first.hex.prefix(16)), second: String(second.hex.prefix(16)))
    let late = try await change(house, #"{"action":"accept",\#(lines(heard.first))}"#)
    #expect(late.status == .unprocessableContent)
    #expect(late.text.contains("night:L1 has another take now"))
    #expect(try !house.lines()[0].isAccepted && !house.lines()[0].isPinned)
    let other = try await change(house, #"{"action":"pick","take":1,\#(lines(heard.second))}"#)
    #expect(other.status == .unprocessableContent)
    #expect(other.text.contains("night:L1 has other audio as take 1 now"))
    #expect(try house.lines()[0].take == 2)

    let done = try await change(house, #"{"action":"accept",\#(lines(heard.second))}"#)
    #expect(done.text.contains("1 line accepted"))
    #expect(try house.lines()[0].isAccepted)
    let picked = try await change(house, #"{"action":"pick","take":1,\#(lines(heard.first))}"#)
    #expect(picked.text.contains("take 1 picked"))
    #expect(try house.lines()[0].digest == first && house.lines()[0].isAccepted)
  }

  @Test("of several lines, those whose audio is not what was heard are left alone")
  func acceptSeveral() async throws {
    let house = try House()
    try house.add(["One.", "Two."])
    let heard = try house.store("both").hex.prefix(16)
    let reply = try await change(
      house,
      #"""
      {"action":"accept","lines":[{"batch":"night","line":"L1","heard":"\#(heard)"},
      {"batch":"night","line":"L2","heard":"0123456789abcdef"}]}
      """#)
    #expect(reply.text.contains("1 line accepted; 1 line has another take now"))
    #expect(try house.lines().map(\.isAccepted) == [true, false])
  }

  @Test("an id names exactly one line; patterns and numbers do not work")
  func exact() async throws {
    let house = try House()
    try house.add(["One.", "Two.", "Three."])
    for id in ["*", "L*", "1", "L[12]", "", "%"] {
      let reply = try await change(
        house, #"{"action":"cancel","lines":[{"batch":"night","line":"\#(id)"}]}"#)
      #expect(reply.status == .unprocessableContent, "\(id)")
    }
    #expect(try house.lines().allSatisfy { $0.state == .queued })
    let line = #"{"batch":"night","line":"L4"}"#
    let edit = #"{"action":"edit","text":"Four.","lines":[\#(line)],"cost":"1"}"#
    #expect(try await change(house, edit).text.contains("there is no line night:L4\""))
  }

  @Test(
    "a malformed change is refused",
    arguments: [
      "", "{}", "[]", #"{"action":"drop","lines":[]}"#, #"{"action":"cancel","lines":[]}"#,
      #"{"action":"cancel","lines":"all"}"#, "\u{0}", String(repeating: "[", count: 100_000),
    ])
  func malformed(body: String) async throws {
    let house = try House()
    try house.add(["A line."])
    let reply = try await change(house, body)
    #expect([.badRequest, .unprocessableContent].contains(reply.status))
    #expect(try house.lines()[0].state == .queued)
  }

  @Test("a body that is too large is refused, and leaves no file")
  func bounds() async throws {
    let house = try House()
    let pass = try house.pass()
    let long = [UInt8](repeating: 0x41, count: SentFile.bytesMax + 1)
    #expect(
      try await house.call(.post, "/api/add?name=a.txt", pass, body: long).status
        == .contentTooLarge)
    let wide = [UInt8](repeating: 0x20, count: 5 << 20)
    #expect(try await house.call(.post, "/api/change", pass, body: wide).status == .badRequest)
    let clip = [UInt8](repeating: 0, count: ClipChange.bytesMax + 1)
    #expect(
      try await house.call(.post, "/api/voice?name=a&text=b", pass, body: clip).status
        == .contentTooLarge)
    #expect(try leftovers(in: house.folder).isEmpty)
  }

  private func leftovers(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix("csm-web.") }
  }

  @Test("a file can be previewed, added, and added again under the same name")
  func add() async throws {
    let house = try House()
    let pass = try house.pass()
    let file = Array("id,text\na,One line.\nb,Another line.\nc,\n".utf8)
    let dry = try await house.call(.post, "/api/add?name=play.csv&anybody=1", pass, body: file)
    #expect(dry.text.contains(#""queued":2"#))
    #expect(try house.lines().isEmpty)
    let added = try await house.call(
      .post, "/api/add?name=play.csv&anybody=1&add=1", pass, body: file)
    #expect(added.text.contains(#""dry_run":false"#))
    #expect(try house.lines().map(\.line) == ["a", "b"])
    #expect(try house.lines().map(\.sourceFile) == ["play.csv", "play.csv"])
    let again = Array("id,text\na,One line.\nb,Other words.\n".utf8)
    let edited = try await house.call(
      .post, "/api/add?name=play.csv&anybody=1&add=1", pass, body: again)
    #expect(edited.text.contains(#""changed":1"#))
  }

  @Test(
    "the name of a file cannot lead out of its folder",
    arguments: [
      ("../../etc/passwd", "passwd"), ("C:\\a\\b.csv", "b.csv"), ("", "upload.txt"),
      (".bashrc", "bashrc"), ("..", "upload.txt"), ("a\u{0}b.txt", "a\\0b.txt"),
    ])
  func name(given: String, kept: String) {
    let safe = SentFile.safe(given)
    #expect(!safe.contains("/") && !safe.hasPrefix(".") && !safe.contains("\u{0}"))
    if !given.contains("\u{0}") { #expect(safe == kept) }
  }
}
