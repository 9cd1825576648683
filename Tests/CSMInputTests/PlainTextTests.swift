import CSMCore
import CSMInput
import Testing

@Suite("Plain texts that may be something else")
struct PlainTextTests {
  private func codes(_ text: String, _ format: InputFormat = .lines) -> [String] {
    Reading(text, format).warnings.map(\.code).filter { $0 != "W-NOVOICE" }
  }

  @Test("names of speakers are spoken, with a warning")
  func names() {
    let play =
      "ANNA: Hello.\nIt is night.\nBEN: Who is there?\n- ANNA: Me.\nThey go.\nANNA: Come.\n"
    let reading = Reading(play, .lines)
    #expect(reading.sent.first == "ANNA: Hello.")
    let told = reading.warnings.filter { $0.code == "W-LABEL" }
    #expect(told.map(\.line) == [1])
    #expect(told.first?.text.hasPrefix("\"ANNA:\" begins 3 lines") == true)
    #expect(told.first?.text.contains("--as script") == true)
    #expect(codes("Anna: Hello.\nBen: Hi.\nAnna: You?\nBen: Me.\n") == ["W-LABEL"])
    #expect(!Reading(play, .lines, isCertain: true).warnings.map(\.code).contains("W-LABEL"))
  }

  @Test(
    "lists and remarks are no dialogue",
    arguments: [
      "Ingredients: flour.\nTime: an hour.\nServes: four people.\nOven: hot.\n",
      "1. Title: one.\n2. Title: two.\n3. Title: three.\n4. Note: four.\n",
      "Step 1: go.\nStep 2: stop.\nStep 3: look.\nStep 4: run.\n",
      "Monday: rain.\nTuesday: sun.\nWednesday: snow.\nThursday: fog.\n",
      "NOTE: one.\nNOTE: two.\nNOTE: three.\n",
      "At 10:30 we go.\nAt 10:45 too.\nAt 11:00 as well.\n",
      "He said: go.\nShe ran.\nHe said: stop.\nShe sat.\nHe said: look.\n",
    ])
  func lists(_ text: String) {
    #expect(codes(text) == [], "\(text)")
  }
}
