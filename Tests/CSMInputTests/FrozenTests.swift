import CSMCore
import CSMInput
import Testing

/// Adding a file again, even after an upgrade, costs only what the author changed.
///
/// So the request made for a text must never change: typography, where turns and scenes are split, speaker
/// ids.
///
/// To change a number here, batches need the version of the rules that they were added with (a column
/// whose default is the first version), and the old rules must be kept for these.
@Suite("What is sent for a file")
struct FrozenTests {
  @Test(
    "stays the same, since adding the file again would pay for other words",
    arguments: [
      ("dialogue.tab", 0xdbb8_b331_3d48_693d), ("episode.script", 0xa734_4d3b_6045_0cdb),
      ("excel.csv", 0xad93_ed9c_0fda_6a3d), ("fal.json", 0x3544_d1fb_5bef_c1ba),
      ("film.srt", 0xc8d8_c828_5c09_19ef), ("hf/metadata.csv", 0x1bd2_d4c1_2b92_84c3),
      ("omnivoice.jsonl", 0xab01_58da_aa6b_5820),
      ("piper.jsonl", 0xa903_011f_50a1_cf46), ("prompts.csv", 0x4a13_3b17_9b8e_1cd4),
      ("recipe.jsonl", 0xaf83_4b3f_aa39_0c93), ("talk.vtt", 0xb052_388e_0404_2148),
      ("xvasynth.csv", 0x63af_37b5_13da_96e2),
    ] as [(String, UInt64)])
  func fixtures(_ file: String, _ sum: UInt64) throws {
    let reading = try Reading(fixture: file) { $0.cast.isAutomatic = true }
    try #require(reading.refusal == nil && !reading.lines.isEmpty)
    #expect(Self.sum(reading) == sum, "\(String(Self.sum(reading), radix: 16))")
  }

  @Test("texts with all punctuation, of every length, in scenes of many turns stay the same too")
  func texts() throws {
    let words = [
      "Well,", "“quite”", "– said Mr. O’Neil;", "3.5 km…", "naïve:", "e\u{301}té", "no", "(yes!)",
    ]
    var script = ""
    for turn in 0..<300 {
      let text = (0...(turn * 7 % 41)).map { words[(turn + $0 * 3) % words.count] }
      script += "\(["Anna", "Ben", "Cleo"][turn % 3]): \(text.joined(separator: " "))\n"
    }
    let scene = Reading(script, .script) { $0.cast("Anna=anna", "Ben=ben", "Cleo=cleo") }
    #expect(scene.lines.count > 20)
    #expect(Self.sum(scene) == 0x0d3f_dba5_76fd_3adf, "\(String(Self.sum(scene), radix: 16))")
    let turns = Reading(script, .script) {
      $0.cast("Anna=anna", "Ben=ben", "Cleo=cleo")
      $0.isPerTurn = true
    }
    #expect(turns.lines.count == 300)
    #expect(Self.sum(turns) == 0xb8c4_f7c8_5de1_b1ab, "\(String(Self.sum(turns), radix: 16))")
  }

  /// FNV-1a of the identities of all lines.
  private static func sum(_ reading: Reading) -> UInt64 {
    reading.lines.flatMap { $0.request.identity(endpoint: "fal-ai/csm-1b", take: $0.version) }
      .reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
