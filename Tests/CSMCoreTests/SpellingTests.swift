import Testing

@testable import CSMCore

@Suite("The nearest name")
struct SpellingTests {
  static let names = ["status", "list", "watch", "wait", "retry", "reroll"]

  @Test(
    "is the one that is fewest edits away",
    arguments: [
      ("stauts", "status"), ("STATUS", "status"), ("lst", "list"), ("wach", "watch"),
      ("retyr", "retry"), ("rerol", "reroll"), ("wat", "wait"),
    ])
  func near(_ word: String, _ name: String) {
    #expect(Spelling.nearest(to: word, among: Self.names) == name)
  }

  @Test("does not exist if nothing is close", arguments: ["export", "", "statistics-of-the-night"])
  func far(_ word: String) {
    #expect(Spelling.nearest(to: word, among: Self.names) == nil)
  }

  @Test("is not searched for very long words")
  func long() {
    let word = String(repeating: "a", count: 65)
    #expect(Spelling.nearest(to: word, among: [word]) == nil)
    #expect(Spelling.nearest(to: "a", among: []) == nil)
  }
}
