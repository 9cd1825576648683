import CSMCore
import Testing

@testable import CSMFiles

@Suite("ExportName")
struct ExportNameTests {
  @Test(
    "replaces what some system forbids",
    arguments: [
      ("line-7.wav", "line-7.wav"), ("scene 1/003-anna.wav", "scene 1/003-anna.wav"),
      ("a<b>c:d\"e\\f|g?h*i", "a_b_c_d_e_f_g_h_i"), ("tab\there\u{7F}\u{85}", "tab_here__"),
      ("zero\0byte", "zero_byte"), (".hidden", "_hidden"), ("-rf", "_rf"), ("...", "_._"),
      ("dots. . ", "dots. ._"), ("dir./file ", "dir_/file_"), ("żółć/日本語.wav", "żółć/日本語.wav"),
      ("con", "_con"), ("AUX.wav", "_AUX.wav"), ("lpt9.a.wav", "_lpt9.a.wav"),
      ("nul/a.wav", "_nul/a.wav"),
      ("com\u{B9}.wav", "_com\u{B9}.wav"), ("con .wav", "_con .wav"), ("CONIN$.wav", "_CONIN$.wav"),
      ("console.wav", "console.wav"), ("com.wav", "com.wav"), ("com10.wav", "com10.wav"),
      ("rtl\u{202E}gnp.wav", "rtl_gnp.wav"), ("line\u{2028}break", "line_break"),
    ])
  func cleaned(path: String, expected: String) throws {
    #expect(try ExportName(path).description == expected)
  }

  @Test(
    "refuses paths that lead nowhere or elsewhere",
    arguments: [
      ("", ExportName.InvalidPath.empty), ("/", .absolute), ("/etc/passwd", .absolute),
      ("a//b", .empty), ("a/", .empty), ("..", .dots), ("a/../b", .dots), ("./a", .dots),
      ("a/\u{301}../..", .dots),
    ])
  func refused(path: String, error: ExportName.InvalidPath) {
    #expect(throws: error) { try ExportName(path) }
  }

  @Test("shortens a long name to whole characters and keeps its extension")
  func long() throws {
    let latin = try ExportName(String(repeating: "a", count: 300) + ".wav").leaf
    #expect(latin == String(repeating: "a", count: 116) + ".wav")
    // A character of eleven bytes: the second one must not be split.
    let family = try ExportName(String(repeating: "👩‍🚀", count: 30) + ".wav").leaf
    #expect(family == String(repeating: "👩‍🚀", count: 10) + ".wav")
    let accents = try ExportName("e" + String(repeating: "\u{301}", count: 200) + ".wav").leaf
    #expect(accents == "_.wav")
    let cut = try ExportName(String(repeating: "a", count: 119) + " b").leaf
    #expect(cut == String(repeating: "a", count: 119) + "_")
    let scene = String(repeating: "a", count: 300)
    let second = try ExportName("b/\(scene)-2.wav", keeping: "-2.wav").leaf
    #expect(second == String(repeating: "a", count: 114) + "-2.wav")
  }

  @Test("makes a safe name from any text, and cleaning it again changes nothing")
  func anyText() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let alphabet: [Unicode.Scalar] = [
      "/", ".", "-", " ", "a", "Z", "é", "\u{301}", "\u{200D}", "👩", "🚀", "日", "\0", "\u{1B}",
      "\u{9F}", "\u{202E}", "\\", ":", "*", "\u{10FFFF}",
    ]
    for _ in 0..<20_000 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...80, using: &random) {
        guard let scalar = alphabet.randomElement(using: &random) else { continue }
        text.append(contentsOf: repeatElement(scalar, count: .random(in: 1...4, using: &random)))
      }
      guard let name = try? ExportName(String(text)) else { continue }
      #expect((try? ExportName(name.description)) == name, "seed \(seed)")
      for component in name.components {
        let scalars = component.unicodeScalars
        #expect((1...120).contains(component.utf8.count), "seed \(seed)")
        #expect(!scalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 }, "seed \(seed)")
        #expect(scalars.first != "." && scalars.first != "-", "seed \(seed)")
        #expect(scalars.last != "." && scalars.last != " ", "seed \(seed)")
      }
    }
  }

  @Test("finds names that are the same on some system")
  func collisions() throws {
    let names = try ["a.wav", "b/c.wav", "A.WAV", "e\u{301}.wav", "é.wav", "b/C.wav", "d.wav"]
      .map { try ExportName($0) }
    #expect(
      ExportName.collisions(among: names) == [
        .init(first: 0, second: 2), .init(first: 3, second: 4), .init(first: 1, second: 5),
      ])
  }

  @Test("finds a file where another name needs a folder")
  func fileAndFolder() throws {
    let names = try ["Scene/1.wav", "scene", "other/1.wav"].map { try ExportName($0) }
    #expect(ExportName.collisions(among: names) == [.init(first: 0, second: 1)])
  }
}
