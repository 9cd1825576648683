import CSMInput
import Testing

@Suite("The ends of lines")
struct LineEndTests {
  @Test("are LF, CR LF, CR, and CR CR LF", arguments: ["\n", "\r\n", "\r", "\r\r\n"])
  func ends(_ end: String) {
    let lines = Reading("One.\(end)Two.\(end)\(end)Three.", .lines)
    #expect(lines.sent == ["One.", "Two.", "Three."])
    #expect(lines.lines.map(\.number) == [1, 2, 4])
    #expect(
      Reading("id,text\(end)a,One\(end)b,\"Two\(end)three\"\(end)", .csv).sent == [
        "One.", "Two three.",
      ])
    let film = "1\(end)00:00:01,000 --> 00:00:02,000\(end)Hi,\(end)you.\(end)\(end)"
    #expect(Reading(film, .srt).sent == ["Hi, you."])
    let objects = #"{"text":"a"}\#(end){"text":"b"}\#(end)"#
    #expect(Reading(objects, .jsonl).sent == ["a.", "b."])
    let list = Reading("[\(end){\"text\":\"a\"},\(end)5]", .json)
    #expect(list.rejections.map(\.line) == [3])
  }

  @Test("may be split between two reads")
  func parts() {
    for room in 65_530...65_537 {
      let first = String(repeating: "a", count: room)
      for end in ["\n", "\r\n", "\r", "\r\r\n"] {
        let reading = Reading("\(first)\(end)b\(end)c", .lines) { $0.splitter = nil }
        #expect(reading.lines.map(\.number).suffix(2) == [2, 3], "\(room)")
      }
    }
  }
}
