import CSMCore
import CSMInput
import Testing

@Suite("Tables")
struct TableTests {
  @Test("a Ren'Py dialogue.tab loads as it is")
  func renPy() throws {
    let reading = try Reading(fixture: "dialogue.tab")
    #expect(reading.ids == ["start_a170b500", "start_b7de3a11", "start_7a1b2c3d"])
    #expect(reading.lines.map(\.speaker) == ["e", "e", nil])
    #expect(reading.sent[1] == #""Quoted," she said, and {i}left{/i}."#)
    #expect(reading.lines[0].meta?.contains(#""Filename":"game/script.rpy""#) == true)
    #expect(
      reading.columns
        == "id ← Identifier, speaker ← Character, text ← Dialogue, kept: Filename, Line Number, Ren'Py Script, with a tab between them"
    )
    #expect(reading.rejections == [])
  }

  @Test("an xVASynth batch loads as it is; a path without an extension is a folder")
  func xVASynth() throws {
    let reading = try Reading(fixture: "xvasynth.csv")
    #expect(reading.ids == ["out/hello", "out/guards/L3"])
    #expect(reading.lines.map(\.speaker) == ["sk_femaleeventoned", "sk_malenord"])
    #expect(reading.sent == ["Hello there, traveller.", "You should not be here."])
  }

  @Test("a sheet with SCRIPT,FILENAME loads as it is")
  func prompts() throws {
    let reading = try Reading(fixture: "prompts.csv")
    #expect(reading.ids == ["main_menu", "hold/please"])
    #expect(reading.sent.first == "Thank you for calling. For sales, press one.")
  }

  @Test("an HF metadata.csv loads as it is")
  func huggingFace() throws {
    let reading = try Reading(fixture: "hf/metadata.csv")
    #expect(reading.ids == ["data/0001", "data/0002"])
    #expect(
      reading.turns == ["3: The first sentence of the set.", "4: And a second, with a comma."])
    #expect(reading.lines[0].meta == #"{"duration":"2.1"}"#)
  }

  @Test("an LJSpeech metadata.csv is recognised by its pipes, and needs --columns")
  func ljSpeech() throws {
    let asking = try Reading(fixture: "ljspeech/metadata.csv")
    #expect(asking.refusal?.reason.contains("--columns id,text,spoken") == true)
    let reading = try Reading(fixture: "ljspeech/metadata.csv", columns: "id,text,spoken")
    #expect(reading.ids == ["LJ001-0001", "LJ001-0002"])
    #expect(reading.sent.first == "Printing, in fourteen fifty-five, began.")
    #expect(reading.lines.map(\.text) == ["Printing, in 1455, began.", nil])
  }

  @Test("two columns with a pipe are id and text, with or without a header")
  func pipes() {
    #expect(Reading("a1|One, two.\nb2|Three.\n", .psv).ids == ["a1", "b2"])
    #expect(Reading("text|key\nOne.|a1\n", .psv).ids == ["a1"])
    #expect(Reading("a1|One.\n", .csv).sent == ["One."])
  }

  @Test("Excel's semicolons, byte order mark, quotes and line ends are understood")
  func excel() throws {
    let reading = try Reading(fixture: "excel.csv")
    #expect(reading.ids == ["a1", "a2"])
    #expect(reading.sent == [#"He said "no"; twice."#, "Zwei Wörter mehr."])
    #expect(reading.lines.map(\.meta) == [#"{"mood":"grim"}"#, #"{"mood":""}"#])
  }

  @Test("Windows-1252 and UTF-16 are read with --encoding, and recognised without")
  func encodings() {
    let latin = Array("text\ncaf".utf8) + [0xE9, 0x0A]
    #expect(Reading(latin, .csv, encoding: .windows1252).sent == ["café."])
    let refused = Reading(latin, .csv).rejections.first
    #expect(refused?.line == 2 && refused?.column == 4)
    #expect(refused?.reason.contains("--encoding windows-1252") == true)
    var wide: [UInt8] = [0xFF, 0xFE]
    for unit in "text\nh\u{1F600}i é\n".utf16 {
      wide += [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
    }
    #expect(Reading(wide, .csv, encoding: .utf16).sent == ["h\u{1F600}i é."])
    #expect(Reading(wide, .csv).refusal?.reason.contains("--encoding utf-16") == true)
  }

  @Test("a cell may contain separators, quotes and line ends; a row is numbered by its first line")
  func quoted() {
    let table = "id,text\na,\"One,\n\"\"two\"\"\nthree\"\nb,four\nc,\"5\" long\n\nd,x,y\n"
    let reading = Reading(table, .csv)
    #expect(reading.ids == ["a", "b"])
    #expect(reading.sent == ["One, \"two\" three.", "four."])
    #expect(reading.lines.map(\.number) == [2, 5])
    #expect(reading.rejections.map(\.line) == [6, 8])
    #expect(reading.rejections.first?.reason.contains("must be doubled") == true)
    #expect(reading.rejections.last?.reason.contains("3 cells, but there are 2 columns") == true)
  }

  @Test("a quote inside an unquoted cell is an ordinary character")
  func inches() {
    let reading = Reading("id,text\na,a 5\" pipe\nb,\"6\"\", or\"\n\"c\",7\" and 8\"\n", .csv)
    #expect(reading.sent == ["a 5\" pipe.", "6\", or.", "7\" and 8\"."])
    #expect(reading.rejections == [])
  }

  @Test("empty cells beyond the columns are ignored")
  func trailing() {
    let reading = Reading("id,text\na,One,,\nb,Two, ,\nc,Three,x\n", .csv)
    #expect(reading.ids == ["a", "b"])
    #expect(reading.rejections.map(\.line) == [4])
  }

  @Test("a repeated header is skipped, with a warning")
  func headerAgain() {
    let reading = Reading("id,text\na,One\nid,Text \nb,Two\n", .csv)
    #expect(reading.ids == ["a", "b"])
    #expect(reading.warnings.filter { $0.code == "W-HEADER" }.map(\.line) == [3])
  }

  @Test("a quote with a combining accent is a quote, and a line separator does not end a row")
  func characters() {
    let reading = Reading("id,text\na,\"\u{301}x, \u{2028}y\u{200D}\"\n", .csv)
    #expect(reading.sent == ["\u{301}x, y."])
    #expect(Reading("id,text\na,\u{301}b\n", .csv).ids == ["a"])
  }

  @Test("a quoted cell that never ends is one rejection")
  func endless() {
    let reading = Reading("id,text\na,one\nb,\"two\nc,three\n", .csv)
    #expect(reading.ids == ["a"])
    #expect(reading.rejections.map(\.line) == [3])
    #expect(reading.rejections.first?.reason.contains("never ends") == true)
  }

  @Test("a broken quote that hides other rows says how far")
  func hidden() {
    let reading = Reading(
      "id,text\na,\"He said \"\"go,Anna\nb,two\nc,\"three\",x\nd,four\n", .csv)
    #expect(reading.ids == ["d"])
    #expect(reading.rejections.map(\.line) == [2])
    #expect(reading.rejections.first?.reason.contains("extends to line 4") == true)
  }

  @Test("columns can be given in order, or by the header")
  func columns() {
    #expect(Reading("1,Hi\n2,Ho\n", .csv, columns: "id,text").ids == ["1", "2"])
    #expect(Reading("id,text\n1,Hi\n", .csv, columns: "id,text").ids == ["1"])
    let named = Reading("Key Name,Phrase\nk,Hi\n", .csv, columns: "id=key name,text=Phrase")
    #expect(named.ids == ["k"] && named.sent == ["Hi."])
    #expect(
      Reading("a,b\n1,2\n", .csv, columns: "text=c").refusal?.reason.contains("the header is: a, b")
        == true)
    #expect(
      Reading("key,phrase\n1,Hi\n", .csv).refusal?.reason.contains("--columns text=NAME") == true)
    for wrong in ["id", "text,text", "text=a,id", "x=y", ""] { #expect(ColumnNames(wrong) == nil) }
  }

  @Test("of several columns for a field, the best known name is used, the others are kept")
  func priority() {
    let reading = Reading("filename,line id,text,voice,speaker\nf.rpy,a,Hi,v,s\n", .csv)
    #expect(reading.ids == ["a"])
    #expect(reading.lines.first?.speaker == "s")
    #expect(reading.lines.first?.meta == #"{"filename":"f.rpy","voice":"v"}"#)
  }

  @Test("a column of voices beside one of speakers is not used, and a warning says so once")
  func twoSpeakers() {
    let table = "speaker,text,voice\nAnna,Hi.,en-US-Wavenet-A\nBen,Ho.,en-US-Wavenet-B\n"
    let reading = Reading(table, .csv)
    #expect(reading.lines.map(\.speaker) == ["Anna", "Ben"])
    #expect(reading.rejections == [])
    let warnings = reading.warnings.filter { $0.code == "W-COLUMN" }
    #expect(warnings.map(\.line) == [1])
    #expect(warnings.first?.text.contains("--columns 'text=text,speaker=voice'") == true)
    let voices = Reading(table, .csv, columns: "text=text,speaker=voice")
    #expect(voices.lines.map(\.speaker) == ["en-US-Wavenet-A", "en-US-Wavenet-B"])
    #expect(voices.warnings.map(\.code) == ["W-NOVOICE"])
  }

  @Test("takes and skip have their effect")
  func takesAndSkip() {
    let reading = Reading("id,text,takes,skip\na,Yes.,3,\nb,No.,,yes\nc,So.,21,\n", .csv)
    #expect(reading.ids == ["a", "a.t2", "a.t3"])
    #expect(reading.lines.map(\.version) == [1, 2, 3])
    #expect(reading.results.contains(.skipped))
    #expect(reading.rejections.map(\.reason) == ["takes must be a number from 1 to 20"])
    #expect(reading.rejections.first?.column == 7)
  }

  @Test(
    "an id that cannot be a file name is rejected",
    arguments: ["../a", "/a", "a//b", "a/", ".", "a\u{1B}b", String(repeating: "x", count: 201)])
  func badID(_ id: String) {
    let reading = Reading("id,text\n\(id),Hi\n", .csv)
    #expect(reading.lines == [])
    #expect(reading.rejections.map(\.code) == [.id])
  }

  @Test("consecutive rows of a scene are one request, or one per turn")
  func scenes() {
    let table = "scene,speaker,text\ns1,A,One.\ns1,B,Two.\ns2,A,Three.\n,A,Four.\n"
    let scenes = Reading(table, .csv)
    #expect(scenes.ids == ["s1", "s2", nil])
    #expect(scenes.turns == ["0: One.", "1: Two.", "0: Three.", "0: Four."])
    let turns = Reading(table, .csv) { $0.isPerTurn = true }
    #expect(turns.ids == ["s1/001-A", "s1/002-B", "s2/001-A", nil])
    #expect(turns.lines.map(\.turn) == [1, 2, 1, nil])
  }

  @Test("a row with a mistake belongs to the scene that it names, even as its first row")
  func mistakeInScene() {
    let takes = "scene,text,takes\ns1,One.,\ns2,Two.,many\ns2,Three.,\ns3,Four.,\n"
    let reading = Reading(takes, .csv)
    #expect(reading.ids == ["s1", "s3"])
    #expect(reading.rejections.map(\.line) == [3, 4])
    let cells = Reading("scene,text\ns1,One.\ns2,Two, more.\ns2,Three.\ns3,Four.\n", .csv)
    #expect(cells.ids == ["s1", "s3"])
    let id = Reading("scene,text\ns1,One.\n../s,Two.\ns2,Three.\n", .csv)
    #expect(id.ids == ["s1", "s2"])
  }

  @Test("a row whose scene cannot be read keeps the scenes before and after it from being queued")
  func mistakeBetweenScenes() {
    let quote = "scene,text\ns1,One.\ns2,\"Two\" more.\ns2,Three.\ns3,Four.\n"
    let moved = "text,scene\nOne.,s1\nTwo, more.,s2\nThree.,s2\nFour.,s3\n"
    for table in [quote, moved] {
      let reading = Reading(table, .csv)
      #expect(reading.ids == ["s3"])
      #expect(reading.rejections.map(\.line) == [3, 2, 4])
      #expect(reading.results.contains(.unspoken(id: "s2")))
      let turns = Reading(table, .csv) { $0.isPerTurn = true }
      #expect(turns.sent == ["One.", "Three.", "Four."])
    }
    let within = quote.replacing("s2,", with: "s1,")
    #expect(Reading(within, .csv).ids == ["s3"])
    #expect(Reading(within, .csv).rejections.map(\.line) == [3, 2])
  }

  @Test("skip is yes or no; any other word is rejected")
  func skip() {
    let yes = ["yes", "Y", "TRUE", "1", "x"].map { "\($0),Out." }
    let no = ["", "no", "False", "0", "-"].map { "\($0),In." }
    let table = (["skip,text"] + yes + no + ["maybe,What?"]).joined(separator: "\n")
    let reading = Reading(table, .csv)
    #expect(reading.results.count { $0 == .skipped } == 5)
    #expect(reading.sent == Array(repeating: "In.", count: 5))
    #expect(reading.rejections.map(\.line) == [12])
    #expect(reading.rejections.first?.reason.contains("yes or no, not \"maybe\"") == true)
  }
}
