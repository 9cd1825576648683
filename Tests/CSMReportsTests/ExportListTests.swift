import CSMCore
import CSMFiles
import CSMReports
import CSMSQLite
import CSMWorkplace
import Foundation
import Testing

@testable import CSMDelivery

@Suite("The lists of an export")
struct ExportListTests {
  /// What the lists of a form say of lines that all have a WAV file.
  private func entries(_ form: any LineForm, _ lines: [LineRow]) throws -> [String] {
    var lists = form.lists
    return try lines.enumerated().flatMap { index, line in
      let name = try ExportName(form.path("\(line.line).wav", of: line))
      let file = ExportedFile(
        source: Digest(of: line.text), digest: Digest(of: line.text), name: name, recipe: nil)
      let exported = ExportedLine(line: line, place: index + 1, file: file)
      return try lists.indices.compactMap { try lists[$0].entry(of: exported) }
    }
  }

  @Test("an id with folders becomes a name without one in LJSpeech, and that is its id")
  func flat() throws {
    let table = "id,text\nscene-0/001-Anna,One.\nb1,Two.\nscene-0_001-Anna,Three.\n"
    let rows = try AddedLines(table, named: "a.csv").rows
    let form = LJSpeechForm()
    let ids = try entries(form, rows).map { String($0.prefix { $0 != "|" }) }
    #expect(ids.first?.contains(/^scene-0_001-Anna-[0-9a-f]{8}$/) == true, "\(ids)")
    #expect(ids.dropFirst() == ["b1", "scene-0_001-Anna"])
    #expect(rows.map { form.path("\($0.line).wav", of: $0) } == ids.map { "wavs/\($0).wav" })
  }

  @Test(
    "a line without a speaker is nobody's; the speakers of a dialogue are told, if only by number")
  func nobody() throws {
    let nobody = try AddedLines("One.\n", named: "a.txt").rows
    #expect(try entries(PlaylistForm(batch: "a"), nobody) == ["#EXTINF:-1,One.\nL1.wav\n"])
    let tags = try entries(AnkiForm(batch: "a", hasAllTakes: false), nobody)
    #expect(tags.first?.hasSuffix("\ta\n") == true, "\(tags)")
    let scene = #"{"scene":[{"text":"One.","speaker":0},{"text":"Two.","speaker":1}]}"# + "\n"
    let turns = try AddedLines(scene, named: "a.jsonl", perTurn: true).rows
    #expect(turns.count == 2 && turns.allSatisfy { $0.speakerName != nil })
  }

  @Test("an author's speaker 0 is told, and nobody is null, in the manifest as in list --json")
  func speakerZero() throws {
    let speakers = [#","speaker":0"#, "", #","speaker":"1""#, #","speaker":"Anna""#]
    let table = speakers.map { #"{"text":"One."\#($0)}"# + "\n" }.joined()
    let rows = try AddedLines(table, named: "a.jsonl").rows
    #expect(rows.map(\.speakerName) == ["0", nil, "1", "Anna"])
    let values = ["0", "null", "1", #""Anna""#]
    for (row, value) in zip(rows, values) {
      let told = ManifestRow(batch: "a", id: row.line, line: row, file: nil, earlier: []).json
      for json in [told, row.json(path: nil)] {
        #expect(try JSONText.line(json).contains("\"speaker\":\(value),"))
      }
    }
    let metadata = try entries(HuggingFaceForm(split: nil), rows)
    #expect(metadata.first?.contains(#""speaker":"0""#) == true, "\(metadata)")
  }

  @Test("a text for Anki holds no sound of its own")
  func brackets() throws {
    let rows = try AddedLines("Play [sound:evil.mp3] now.\n", named: "a.txt").rows
    let notes = try entries(AnkiForm(batch: "a", hasAllTakes: false), rows)
    #expect(notes.count == 1 && notes[0].components(separatedBy: "[sound:").count == 2, "\(notes)")
    #expect(notes[0].contains("&#91;sound:evil.mp3]"))
  }
}
