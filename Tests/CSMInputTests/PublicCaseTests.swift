import CSMInput
import Testing

@Suite("Files that other programs were reported to misread")
struct PublicCaseTests {
  @Test("are read as their authors mean them, or rejected", arguments: PublicCase.all)
  func read(_ known: PublicCase) {
    let reading = Reading(
      known.bytes ?? Array(known.input.utf8), known.format, columns: known.columns)
    let comment = Comment(rawValue: known.source)
    #expect(reading.sent == known.sent, comment)
    #expect(reading.ids.compactMap(\.self) == known.ids ?? [], comment)
    #expect(reading.rejections.map(\.line) == known.rejected, comment)
    if let refused = known.refused {
      #expect(reading.refusal?.reason.contains(refused) == true, comment)
    } else {
      #expect(reading.refusal == nil, comment)
    }
    // Warnings about the words themselves do not matter here.
    let told = reading.warnings.map(\.code).filter {
      ["W-CUE", "W-HEADER", "W-SIGN", "W-TABLE"].contains($0)
    }
    #expect(Set(told).sorted() == known.told, comment)
  }

  @Test("are many, and each has its own source")
  func sources() {
    #expect(PublicCase.all.count >= 30)
    #expect(Set(PublicCase.all.map(\.source)).count == PublicCase.all.count)
    #expect(
      PublicCase.all.allSatisfy {
        $0.source.contains(/^[\w.-]+(\/[\w.-]+#\d+|\/[\w.\/-]+#[\w.]+)$/)
      })
  }
}
