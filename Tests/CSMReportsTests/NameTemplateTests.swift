import CSMDelivery
import CSMSQLite
import Testing

@Suite("Names of exported files")
struct NameTemplateTests {
  private static func lines() throws -> [LineRow] {
    let table = "id,text,speaker,scene,mood\nx/a1,It's late; go!,Anna/Zoe,s,calm\nb1,...no,,,\n"
    return try AddedLines(table, named: "night.csv", perTurn: true).rows
  }

  @Test(
    "are made of a line's fields, cut or padded to a width",
    arguments: [
      ("{id}.{ext}", ["x/a1.wav", "b1.wav"]), ("{n:04}-{batch:3}", ["0001-nig", "0002-nig"]),
      ("{speaker}/{turn:2}", ["Anna_Zoe/01", "none/none"]), ("{scene}_{take}", ["s_1", "none_1"]),
      ("{slug}", ["it-s-late-go", "no"]), ("{slug:4}", ["it-s", "no"]),
      ("{voice}", ["none", "none"]), ("{hash:8} {date}", ["none none", "none none"]),
      ("{meta.mood}", ["calm", "none"]), ("{meta.other}!", ["none!", "none!"]),
      ("plain", ["plain", "plain"]),
    ] as [(String, [String])])
  func names(_ text: String, _ expected: [String]) throws {
    let template = try NameTemplate(text)
    let names = try Self.lines().enumerated().map { index, line in
      template.name(of: line, place: index + 1, ext: "wav")
    }
    #expect(names == expected)
  }

  @Test(
    "are not made of anything else",
    arguments: [
      ("{id", "unmatched brace"), ("id}", "unmatched brace"), ("{{id}}", "is not a field"),
      ("{speakr}", "did you mean {speaker}?"), ("{}", "is not a field"),
      ("{id:3}", "id takes no width"), ("{n:0}", "from 1 to 120"), ("{n:x}", "from 1 to 120"),
      ("{meta.}", "is not a field"), ("", "must not be empty"), ("a//{id}", "must not be empty"),
      ("/etc/{id}", "must not begin with /"), ("../{id}", "must not contain . or .."),
    ])
  func refusals(_ text: String, _ reason: String) {
    do throws(NameTemplate.InvalidTemplate) {
      _ = try NameTemplate(text)
      Issue.record("\(text) was accepted")
    } catch {
      #expect(error.description.contains(reason))
    }
  }

  @Test("differ for takes of a line if they have the take or the audio's hash")
  func takes() throws {
    #expect(NameTemplate.ofTakes.tellsTakesApart && !NameTemplate.standard.tellsTakesApart)
    let (hash, number) = try (NameTemplate("{id}-{hash:8}.{ext}"), NameTemplate("{n}-{id}.{ext}"))
    #expect(hash.tellsTakesApart && !number.tellsTakesApart)
  }

  @Test("are standard if they are written as the default, and only then")
  func standard() throws {
    #expect(NameTemplate.standard.isStandard && NameTemplate.ofTakes.isStandard)
    for text in ["{id}.{ext}", "{id}.take{take}.{ext}"] {
      let template = try NameTemplate(text)
      #expect(template.isStandard, "\(text)")
    }
    for text in ["{id}.{ext} ", "{id}{ext}", "{id}", "{id}.take{take:1}.{ext}", "id.ext"] {
      let template = try NameTemplate(text)
      #expect(!template.isStandard, "\(text)")
    }
  }
}
