import CSMInput
import Testing

@Suite("Other formats named as plain text")
struct LookAlikeTests {
  @Test(
    "are refused, and their format is named",
    arguments: [
      ("1\n00:00:01,000 --> 00:00:02,000\nOne.\n", "--as srt"),
      ("00:00:01:12 --> 00:00:02:00\nOne.\n", "--as srt"),
      ("\nWEBVTT\n\n00:01.000 --> 00:02.000\nOne.\n", "--as vtt"),
      ("{\"text\": \"One.\"}\n{\"text\": \"Two.\"}\n", "--as jsonl"),
      ("{\n  \"text\": \"One.\"\n}\n", "--as json"), ("[{\"text\": \"One.\"}]\n", "--as json"),
      ("[\n  {\"text\": \"One.\"}\n]\n", "--as json"),
      ("[Script Info]\nTitle: x\n", "save the subtitles as .srt or .vtt"),
      ("# by me\nmsgid \"\"\nmsgstr \"\"\n", "export the translations"),
      ("[ti:Song]\n[00:12.00]One.\n", "save the subtitles as .srt or .vtt"),
      ("[00:12.00]One.\n[00:14.00]Two.\n", "save the subtitles as .srt or .vtt"),
      ("0:00:01.000,0:00:02.000\nOne.\n", "save the subtitles as .srt or .vtt"),
      ("{12}{34}One.\n", "save the subtitles as .srt or .vtt"),
      ("<?xml version=\"1.0\"?>\n<p>One.</p>\n", "save it as UTF-8 text or CSV"),
    ])
  func refused(_ text: String, _ reason: String) {
    for format in [InputFormat.lines, .paragraphs] {
      let reading = Reading(text, format)
      #expect(reading.sent == [], "\(text)")
      #expect(reading.refusal?.reason.contains(reason) == true, "\(text) \(reading.refusal as Any)")
      #expect(reading.refusal?.reason.hasSuffix("use --as \(format.rawValue)") == true)
    }
  }

  @Test(
    "are read as plain text if a person says that they are",
    arguments: ["9:00 -> 10:00 Breakfast", "[12:30] Hello", "#separator:tab"])
  func certain(_ text: String) {
    #expect(Reading(text, .lines).refusal != nil)
    #expect(Reading(text, .lines, isCertain: true).lines.count == 1)
    #expect(Reading(text, .paragraphs, isCertain: true).lines.count == 1)
  }

  @Test(
    "are not seen in plain words",
    arguments: [
      "{i}Well{/i}, no.", "[sighs] No.", "We go from 10:00 -> 11:30.", "A --> B.", "[10] Ten.",
      "10:15 is when it comes.", "WEBVTTS are odd.", "msgid is a word.", "<p> is a mark.",
    ])
  func words(_ text: String) {
    #expect(Reading(text + "\n", .lines).refusal == nil)
    #expect(Reading(text + "\n", .lines).lines.count == 1)
  }
}
