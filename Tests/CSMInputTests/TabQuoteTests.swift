import CSMInput
import Testing

@Suite("Quotes between tabs")
struct TabQuoteTests {
  private func tabs(_ rows: String...) -> String { rows.joined(separator: "\n") + "\n" }

  @Test(
    "a quoted cell continues up to its closing quote",
    arguments: [InputFormat.tsv, .csv])
  func twoRows(_ format: InputFormat) {
    let reading = Reading(
      tabs("id\ttext", "1\t\"Hello there,", "", "\"\"dear\"\" friend of mine.\"", "2\tBye."), format
    )
    #expect(reading.ids == ["1", "2"])
    #expect(reading.sent == [#"Hello there, "dear" friend of mine."#, "Bye."])
    #expect(reading.lines.map(\.number) == [2, 5])
    #expect(reading.rejections == [])
  }

  @Test("its text may be in any column, and contain tabs")
  func anyColumn() {
    let first = Reading(tabs("text\tid", "\"Hello there,", "friend.\"\ta", "So.\tb"), .tsv)
    #expect(first.ids == ["a", "b"] && first.sent == ["Hello there, friend.", "So."])
    let middle = Reading(tabs("id\ttext\tnote", "a\t\"Hello,", "\tfriend.\"\tloud"), .tsv)
    #expect(middle.sent == ["Hello, friend."] && middle.lines.first?.meta == #"{"note":"loud"}"#)
    let tab = Reading(tabs("id\ttext", "3\t\"pipe | tab\there\"", "4\ta\tb"), .tsv)
    #expect(tab.sent == ["pipe | tab here."])
    #expect(tab.rejections.map(\.line) == [3])
    let alone = Reading(tabs("text", "\"Hello there,", "friend.\"", "So."), .tsv)
    #expect(alone.sent == ["Hello there, friend.", "So."])
    let head = Reading(tabs("id\t\"text", "(English)\"", "1\tHi."), .tsv, columns: "id,text")
    #expect(head.rejections == [])
  }

  @Test("a cell that continues but makes no valid row is rejected with all its lines")
  func rejected() {
    let inner = Reading(
      tabs("id\ttext", "1\t\"Hello there,", "friend\" of mine.\"", "2\tBye."), .tsv)
    #expect(inner.sent == ["Bye."] && inner.rejections.map(\.line) == [2])
    #expect(inner.rejections.first?.reason.contains("up to line 3") == true)
    let endless = Reading(tabs("id\ttext", "1\t\"Hello there,", "friend.", "2\tBye."), .tsv)
    #expect(endless.sent == ["Bye."] && endless.rejections.map(\.line) == [2])
    let wide = Reading(tabs("id\ttext", "1\t\"Hello there,", "friend.\"\tx", "2\tBye."), .tsv)
    #expect(wide.sent == ["Bye."] && wide.rejections.map(\.line) == [2])
    let short = Reading(tabs("id\ttext\ta\tb", "1\t\"Hello\tyou\" there", "2\tBye."), .tsv)
    #expect(short.sent == ["Bye."] && short.rejections.map(\.line) == [2])
    let first = Reading(tabs("text\tid", "\"Hello there,", "friend\" so.\"\ta", "So.\tb"), .tsv)
    #expect(first.rejections.first?.line == 2 && !first.sent.contains { $0.contains("Hello") })
  }

  @Test("if both the lines and the cell over them make rows, it is ambiguous")
  func ambiguous() {
    let reading = Reading(
      tabs("id\ttext", "1\t\"I came,", "2\tI saw,", "3\tI won.\"", "4\tSo there."), .tsv)
    #expect(reading.sent == ["So there."])
    #expect(reading.rejections.map(\.line) == [2])
    #expect(reading.rejections.first?.reason.contains("on line 4, so") == true)
    let doubled = tabs("id\ttext", "1\t\"\"\"I came,\"", "2\tI saw,", "3\tI won.\"")
    #expect(Reading(doubled, .tsv).ids == ["1", "2", "3"])
    let far = (4...40).map { "\($0)\tWell, yes." }.joined(separator: "\n")
    let long = Reading(tabs("id\ttext", "3\t\"I came,", far, "41\t5\""), .tsv)
    #expect(long.rejections == [] && long.lines.count == 39)
  }

  @Test("lines that are whole rows stay rows, whatever quotes they begin with")
  func rows() {
    let wide = Reading(tabs("id\ttext\t\t", "1\t\"I came,", "2\tI saw."), .tsv)
    #expect(wide.ids == ["1", "2"] && wide.rejections == [])
    let open = Reading(tabs("id\ttext", "1\t\"I came,", "2\tI saw.", "3\t5\" and 6\""), .tsv)
    #expect(open.ids == ["1", "2", "3"])
    #expect(open.sent[0] == "\"I came.")
    let cells = Reading(tabs("id\ttext\tnote", "1\t\"Well\t6\"", "2\t\"Oh,\" she said\tx"), .tsv)
    #expect(cells.ids == ["1", "2"] && cells.rejections == [])
  }
}
