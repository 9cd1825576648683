import Testing

@testable import CSMCore

@Suite("The settings file")
struct SettingsFileTests {
  @Test("contains names and values, comments and blank lines")
  func reads() throws {
    let text = """
      # the key
      FAL_KEY=abc:def
      ; another comment
        CSM_ENDPOINT = "fal-ai/csm-1b" \t

      CSM_ACTIVE_HOURS='22:00-06:00'
      CSM_BUDGET_USD=
      EQUALS=a=b=c
      HALF="a
      QUOTE="
      FAL_KEY=last:wins
      """
    #expect(
      try SettingsFile.parse(text) == [
        "FAL_KEY": "last:wins", "CSM_ENDPOINT": "fal-ai/csm-1b",
        "CSM_ACTIVE_HOURS": "22:00-06:00", "CSM_BUDGET_USD": "", "EQUALS": "a=b=c",
        "HALF": "\"a", "QUOTE": "\"",
      ])
  }

  @Test(
    "may end its lines in any way", arguments: ["A=1\nB=2", "A=1\r\nB=2\r\n", "\n\nA=1\n\nB=2\n"])
  func lineEnds(_ text: String) throws {
    #expect(try SettingsFile.parse(text) == ["A": "1", "B": "2"])
  }

  @Test("reports the number of a bad line, but not its text, which may contain the key")
  func badLines() {
    for (text, line) in [("FAL_KEY secret", 1), ("A=1\n\n=secret", 3), ("A=1\r\nsecret\r\n", 2)] {
      do throws(SettingsFile.BadLine) {
        _ = try SettingsFile.parse(text)
        Issue.record("\(text) was read")
      } catch {
        #expect(error.line == line)
        #expect(!error.description.contains("secret"))
      }
    }
  }
}
