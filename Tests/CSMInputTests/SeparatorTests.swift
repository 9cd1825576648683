import CSMInput
import Testing

@Suite("The separator of a table")
struct SeparatorTests {
  @Test("is the one that fits the rows, not just the first one")
  func manyRows() {
    let pipes = Reading("x1|Well, no.\nx2|Yes.\n", .csv, columns: "id,text")
    #expect(pipes.ids == ["x1", "x2"] && pipes.sent == ["Well, no.", "Yes."])
    let commas = Reading("1,Hi|there\n2,Ho\n", .csv, columns: "id,text")
    #expect(commas.ids == ["1", "2"])
    let semicolons = Reading("1;a, b\n2;a, b, c\n3;d\n", .csv, columns: "id,text")
    #expect(semicolons.sent == ["a, b.", "a, b, c.", "d."])
    let tabs = Reading("a\tOne, two\nb\tThree\n", .csv, columns: "id,text")
    #expect(tabs.ids == ["a", "b"])
  }

  @Test("is asked for if several fit")
  func ambiguous() {
    let reading = Reading("x1|Well, no.\nx2|Oh, yes.\n", .csv, columns: "id,text")
    #expect(reading.lines == [])
    #expect(
      reading.refusal?.reason
        == "a comma and a pipe fit equally well as the separator: use --separator comma or "
        + "--separator pipe")
  }

  @Test("is searched inside and outside of quotes")
  func quoted() {
    let reading = Reading("1,\"a;b\nc;d\"\n2,\"e;f\"\n", .csv, columns: "id,text")
    #expect(reading.ids == ["1", "2"])
    let header = Reading("id;text\n1;\"One, two\"\n2;a,b,c\n", .csv)
    #expect(header.sent == ["One, two.", "a,b,c."])
  }

  @Test("is a pipe only if the rows have pipes")
  func strayPipe() {
    #expect(Reading("a|b,key\nc,d\ne,f\n", .csv).refusal?.reason.contains("--columns") == true)
    #expect(Reading("a1|One, two.\nb2|Three.\n", .csv).ids == ["a1", "b2"])
  }

  @Test("does not matter with one column, or if none fits")
  func oneColumn() {
    #expect(Reading("text\nOne, two\nThree\n", .csv).sent == ["One, two.", "Three."])
    let nothing = Reading("Hi\nHo\n", .csv, columns: "id,text")
    #expect(nothing.refusal == nil && nothing.rejections.map(\.code) == [.empty, .empty])
  }

  @Test("is given by Excel's first line")
  func excelHint() {
    let reading = Reading("sep=;\r\nid;text\r\na;One, two\r\n", .csv)
    #expect(reading.ids == ["a"] && reading.sent == ["One, two."])
    #expect(reading.lines.map(\.number) == [3])
    #expect(Reading("\"sep=\t\"\nid\ttext\na\tOne\n", .csv).ids == ["a"])
    #expect(Reading("sep=x\nid,text\n", .csv).refusal?.reason.contains("sep=") == true)
  }

  @Test("is reported with the columns")
  func told() {
    #expect(Reading("id;text\na;One\n", .csv).columns == "id, text, with a semicolon between them")
    #expect(Reading("text\nOne\n", .csv).columns == "text")
  }

  @Test("an Anki export declares its format, and its HTML is removed")
  func anki() {
    let notes =
      "#separator:tab\n#html:true\n#notetype column:1\n#tags column:4\n"
      + "Basic\tthe <b>house</b>&nbsp;&amp; home<br>is old\tdas Haus\tnouns\n"
      + "Basic\tIt&#39;s &lt;five&gt;[sound:five.mp3]\tfünf\t\n"
    let reading = Reading(notes, .tsv, columns: "type,text,back,tags")
    #expect(reading.sent == ["the house & home is old.", "It's <five>."])
    #expect(reading.lines.map(\.number) == [5, 6])
    let named = Reading("#separator:Semicolon\n#columns:Text;Back\nHi, you;Ho\n", .csv)
    #expect(named.sent == ["Hi, you."])
    #expect(named.lines.first?.meta == #"{"Back":"Ho"}"#)
    #expect(
      Reading("#separator:tab\n#html:true\nHi\tHo\n", .lines).refusal?.reason
        == "this is an Anki export: use --as csv, and --columns to say which column is the text, "
        + "such as --columns text,back,tags, or --columns=-,text,- for the second of three")
    #expect(Reading("#1 is here.\n", .lines).sent == ["#1 is here."])
  }
}
