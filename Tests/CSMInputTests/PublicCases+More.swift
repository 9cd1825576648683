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
