import CSMInput

extension PublicCase {
  private static func srt(_ words: String) -> String {
    "1\n00:00:01,000 --> 00:00:02,000\n\(words)\n"
  }

  private static func vtt(_ words: String) -> String {
    "WEBVTT\n\n00:01.000 --> 00:02.000\n\(words)\n"
  }

  // MARK: Times, marks and signs that are no words

  static let unspoken = [
    // Hours, minutes, seconds and frames.
    PublicCase(
      source: "kajisho5/ffmpeg-skill#61", format: .srt,
      input: srt("One.") + "2\n00:00:03:12 --> 00:00:04:00\nTwo.\n", sent: ["One."], ids: ["1"],
      rejected: [4]),
    PublicCase(
      source: "msongz/quickSRT#2", format: .srt,
      input: srt("One.") + "2\n00;00;03;12 --> 00;00;04;00\nTwo.\n", sent: ["One."], ids: ["1"],
      rejected: [4]),
    PublicCase(
      source: "w3c/webvtt.js#38", format: .vtt,
      input: "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n"
        + "00:01.000 --> 00:02.000\nOne.\nWEBVTT\n"
        + "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n00:03.000 --> 00:04.000\nTwo.\n",
      sent: ["One.", "Two."], ids: ["1", "2"]),
    PublicCase(
      source: "videojs/vtt.js#43", format: .vtt,
      input: vtt("Caf&eacute; &copy; 5 &deg;C &Aring;s"), sent: ["Café © 5 °C Ås."], ids: ["1"]),
    PublicCase(
      source: "w3c/webvtt#464", format: .vtt, input: vtt("&alpha; &rarr; &nosuch; so"),
      sent: ["α → &nosuch; so."], ids: ["1"], told: ["W-SIGN"]),
    PublicCase(
      source: "yt-dlp/yt-dlp#1734", format: .vtt,
      input: "WEBVTT\n\n00:01.000 --> 00:02.000\nwe are\non our<00:01.500><c> way</c>\n\n"
        + "00:02.000 --> 00:02.010\non our way\n\n00:02.010 --> 00:03.000\non our way\nto see\n\n"
        + "00:03.000 --> 00:03.010\nto see\n",
      sent: ["we are on our way.", "on our way.", "on our way to see.", "to see."],
      ids: ["1", "2", "3", "4"], told: ["W-CUE"]),
    PublicCase(
      source: "hajisensai/Fushi#473", format: .vtt,
      input: vtt("The <ruby>base<rt>reading</rt></ruby> is said."), sent: ["The base is said."],
      ids: ["1"]),
    PublicCase(
      source: "UniversalMediaServer/UniversalMediaServer#1019", format: .srt,
      input: srt(#"One\Nand\htwo."#), sent: ["One and two."], ids: ["1"]),
    PublicCase(
      source: "tkarabela/pysubs2#31", format: .srt,
      input: srt("m 0 0 l 100 0 100 100 0 100") + "\n2\n00:00:03,000 --> 00:00:04,000\nTwo.\n",
      sent: ["Two."], ids: ["2"]),
    // Windows-1251.
    PublicCase(
      source: "xbmc/xbmc#24914", format: .srt, input: srt(""),
      bytes: Array(srt("").utf8) + [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2], rejected: [4]),
  ]

  // MARK: Data sets

  static let sets = [
    PublicCase(
      source: "projectdiscovery/nuclei#5860", format: .jsonl,
      input: "{\"text\": \"One.\"},\n{\"text\": \"Two.\"},\n", refused: "--as json"),
    PublicCase(
      source: "ndjson/ndjson-spec#1", format: .jsonl,
      input: "{\n  \"text\": \"One.\"\n}\n", refused: "--as json"),
    PublicCase(
      source: "coqui-ai/TTS#3480", format: .psv,
      input: "audio_file|text|speaker_name\nwavs/a.wav|Hello there.|anna\n",
      sent: ["Hello there."], ids: ["wavs/a"]),
    PublicCase(
      source: "canopyai/Orpheus-TTS#187", format: .csv,
      input: "audio,transcript\na.wav,Hello there.\n", sent: ["Hello there."]),
  ]

  // MARK: Tables of spreadsheets

  static let sheets = [
    PublicCase(
      source: "docs.python.org/3/library/csv.html#csv.excel_tab", format: .tsv,
      input: "id\ttext\r\n1\t\"Hello there,\r\nfriend of mine.\"\r\n2\t\"a\tb\"\r\n",
      sent: ["Hello there, friend of mine.", "a b."], ids: ["1", "2"]),
    PublicCase(
      source: "clarin-eric/ParlaMint#899", format: .tsv,
      input: "id\ttext\n1\t\"Order, please.\n2\tThe \"house\" sits.\n3\t\"Well, yes.\n",
      sent: ["\"Order, please.", "The \"house\" sits.", "\"Well, yes."], ids: ["1", "2", "3"]),
  ]
}
