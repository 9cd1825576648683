import CSMDelivery
import CSMSQLite
import Testing

@Suite("Lines divided for training and testing")
struct SplitTests {
  /// The part of each line, by its text.
  private func parts(_ text: String, named name: String) throws -> [String: String] {
    let split = try #require(Split("50/50"))
    return try AddedLines(text, named: name).rows.reduce(into: [:]) {
      $0[$1.text] = split.part(of: $1)
    }
  }

  @Test(
    "a line without an id of its own stays in its part, whatever is added before it",
    arguments: ["a.txt", "a.jsonl"])
  func numbered(name: String) throws {
    func file(_ range: ClosedRange<Int>) -> String {
      range.map { name == "a.txt" ? "Line \($0).\n" : "{\"text\":\"Line \($0).\"}\n" }.joined()
    }
    let before = try parts(file(10...40), named: name)
    #expect(Set(before.values) == ["train", "test"])
    let after = try parts(file(5...140), named: name)
    #expect(before.allSatisfy { after[$0.key] == $0.value })
  }

  @Test("a line with an id of its own stays in its part when its text changes")
  func named() throws {
    func file(_ end: String) -> String {
      "id,text\n" + (10...40).map { "l\($0),Line \($0)\(end)\n" }.joined()
    }
    let (before, after) = try (parts(file("."), named: "a.csv"), parts(file("!"), named: "a.csv"))
    #expect(Set(before.values) == ["train", "test"])
    #expect((10...40).allSatisfy { before["Line \($0)."] == after["Line \($0)!"] })
  }
}
