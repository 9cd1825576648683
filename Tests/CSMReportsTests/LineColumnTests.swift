import CSMCore
import CSMReports
import Testing

@Suite("Columns of list")
struct LineColumnTests {
  @Test("each shows its value of a line, and nothing if there is none")
  func cells() throws {
    let table = "id,text,spoken,speaker,scene\na1,Dr. A,Doctor A.,Anna,s\nb1,Bye.,,,\n"
    let rows = try AddedLines(table, named: "night.csv", perTurn: true).rows
    func cells(_ column: LineColumn) -> [String?] {
      rows.map { column.cell(of: $0) { _ in "a moment" } }
    }
    #expect(cells(.id) == ["night:a1", "night:b1"])
    #expect(cells(.job) == ["1", "2"])
    #expect(cells(.batch) == ["night", "night"] && cells(.line) == ["a1", "b1"])
    #expect(cells(.state) == ["QUEUED", "QUEUED"])
    #expect(cells(.speaker) == ["Anna", nil] && cells(.voice) == [nil, nil])
    #expect(cells(.scene) == ["s:1", nil])
    #expect(cells(.take) == ["1", "1"])
    #expect(cells(.length) == [nil, nil] && cells(.cost) == [nil, nil])
    #expect(cells(.chars) == ["9", "4"])
    #expect(cells(.checks) == [nil, nil] && cells(.error) == [nil, nil])
    #expect(cells(.why) == ["", ""])
    #expect(cells(.text) == ["Dr. A", "Bye."] && cells(.sent) == ["Doctor A.", "Bye."])
    #expect(cells(.file) == ["night.csv:2", "night.csv:3"])
    #expect(cells(.request) == [nil, nil])
    for column in [LineColumn.added, .updated] {
      #expect(cells(column) == ["a moment", "a moment"])
    }
    #expect(cells(.ended) == [nil, nil])
  }

  @Test("ids and money are never cut, and figures stand at the right")
  func kinds() {
    #expect(!LineColumn.allCases.contains { $0.isFlexible && $0.isRight })
    #expect(!LineColumn.id.isFlexible && !LineColumn.cost.isFlexible && LineColumn.cost.isRight)
    #expect(Set(LineColumn.ofTerminal).isSubset(of: LineColumn.ofPipe))
  }
}
