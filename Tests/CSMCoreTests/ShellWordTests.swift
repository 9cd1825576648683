import Testing

@testable import CSMCore

@Suite("Words for a shell")
struct ShellWordTests {
  @Test(
    "are bare where that is safe, and else in quotes",
    arguments: [
      ("night1", "night1"), ("act-2/b_1.x:L01", "act-2/b_1.x:L01"), ("Zoë", "Zoë"), ("夜", "夜"),
      ("", "''"), ("my lines", "'my lines'"), ("a;b", "'a;b'"), ("$HOME", "'$HOME'"),
      ("`id`", "'`id`'"), ("it's", #"'it'\''s'"#), ("~", "'~'"), ("=a", "'=a'"), ("a*", "'a*'"),
      ("a\u{A0}b", "'a\u{A0}b'"), ("a\nb", "'a\nb'"), ("!!", "'!!'"), ("#1", "'#1'"),
    ])
  func words(_ text: String, _ word: String) {
    #expect(ShellWord.quoted(text) == word)
  }
}
