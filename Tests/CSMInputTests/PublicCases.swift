import CSMInput

/// A file that some program was publicly reported to misread.
///
/// The inputs are rewritten examples of the same kind; `swift test --filter PublicCaseTests` runs them all.
struct PublicCase: Sendable {
  /// The issue, such as `byroot/pysrt#71`, on GitHub; or a page, such as `docs.python.org/…#csv.excel_tab`.
  let source: String
  let format: InputFormat
  let input: String
  /// Used instead of the input if the file is not UTF-8.
  var bytes: [UInt8]?
  var columns: String?
  /// What is sent for each line.
  var sent: [String] = []
  /// The lines' ids; nil if they are made from line numbers.
  var ids: [String]?
  /// The numbers of rejected lines.
  var rejected: [Int] = []
  /// A part of the reason to refuse the file; nil if it is read.
  var refused: String?
  /// The codes of warnings.
  var told: [String] = []
}

extension PublicCase {
  static let all = subtitles + webVTT + tables + texts + rows + unspoken + sets + sheets

  private static func at(_ second: Int) -> String {
    "00:00:0\(second),000 --> 00:00:0\(second),900"
  }

  // MARK: SRT

  private static let subtitles = [
    // Two cues without words, and without blank lines to separate them from their neighbours.
    PublicCase(
      source: "tkarabela/pysubs2#11", format: .srt,
      input:
        "7\n\(at(1))\nGood night.\n\n8\n00:00:00,00 --> 00:00:00,00\n\n9\n00:00:00,00 --> 00:00:00,00\n",
      sent: ["Good night."], ids: ["7"]),
    PublicCase(
      source: "ripose-jp/Memento#68", format: .srt,
      input: "1\n\(at(1))\nOne.\n\n2\n\(at(2))\n\n\n3\n\(at(3))\nThree.\n",
      sent: ["One.", "Three."],
      ids: ["1", "3"]),
    PublicCase(
      source: "ripose-jp/Memento#69", format: .srt,
      input: "9\n\(at(1))\nThe fleet\n\nis lost.\n\n10\n\(at(2))\nAll of it?\n",
      sent: ["The fleet is lost.", "All of it?"], ids: ["9", "10"], told: ["W-CUE"]),
    // A bet that is only a number cannot be told from a cue without times.
    PublicCase(
      source: "SubtitleEdit/subtitleedit#2147", format: .srt,
      input: "1\n\(at(1))\nI raise.\n\n2\n\(at(2))\n\n20\n\n3\n\(at(3))\nI fold.\n",
      sent: ["I raise.", "I fold."], ids: ["1", "3"], rejected: [8]),
    PublicCase(
      source: "SubtitleEdit/subtitleedit#3525", format: .srt,
      input: "1\n\(at(1))\nNoon.\n\n2\n\n2\n\(at(2))\nLunch?\n\n3\n\n3\n\(at(3))\nLunch.\n",
      sent: ["Noon.", "Lunch?", "Lunch."], ids: ["1", "2", "3"]),
    PublicCase(
      source: "SubtitleEdit/subtitleedit#4498", format: .srt,
      input: "1\n1\n\(at(1))\nTune it.\n\n2\n2\n\(at(2))\nBy ear.\n",
      sent: ["Tune it.", "By ear."],
      ids: ["1", "2"]),
    // The times of one cue stand in the words of another.
    PublicCase(
      source: "SubtitleEdit/subtitleedit#5088", format: .srt,
      input: "41\n\(at(1))\nHere.\n40\n\(at(2))\nThere.\n\n42\n\(at(3))\nNowhere.\n",
      sent: ["Here.", "There.", "Nowhere."], ids: ["41", "2-40", "2-42"], told: ["W-CUE"]),
    PublicCase(
      source: "France-ioi/codecast#132", format: .srt,
      input: "1\n\n\(at(1))\nPrint it.\n\n2\n\n\(at(2))\nWith $x.\n",
      sent: ["Print it.", "With $x."], ids: ["1", "2"]),
    PublicCase(
      source: "clappr/clappr#1476", format: .srt,
      input: "150\n\(at(1))\nHome?\n\n151\n\(at(2))\n\n\n152\n\(at(3))\nYes.\n",
      sent: ["Home?", "Yes."],
      ids: ["150", "152"]),
    PublicCase(
      source: "byroot/pysrt#71", format: .srt,
      input: "1\n\(at(1))\nI am stuck,\n\nten minutes more.\n\n305\n\(at(2))\nJohn!\n",
      sent: ["I am stuck, ten minutes more.", "John!"], ids: ["1", "305"], told: ["W-CUE"]),
    PublicCase(
      source: "byroot/pysrt#53", format: .srt, input: "3\n\(at(8))\nIt matters, Jim.\n",
      sent: ["It matters, Jim."], ids: ["3"]),
    PublicCase(
      source: "kaegi/subparse#11", format: .srt,
      input: "1\n\(at(1))\nfirst\n\n2\n\n2\n\(at(2))\nsecond\n", sent: ["first.", "second."],
      ids: ["1", "2"]),
    PublicCase(
      source: "gsantiago/subtitle.js#93", format: .srt,
      input:
        "1\n\(at(1))\na one\n\n2\n\(at(2))\na two\n\n1\n\(at(3))\nb one\n\n2\n\(at(4))\nb two\n",
      sent: ["a one.", "a two.", "b one.", "b two."], ids: ["1", "2", "2-1", "2-2"],
      told: ["W-CUE"]),
    PublicCase(
      source: "mozilla/popcorn-js#314", format: .srt, input: "\n\n1\n\(at(1))\nWelcome, all.\n",
      sent: ["Welcome, all."], ids: ["1"]),
    PublicCase(
      source: "jsonzilla/vtt_to_srt3#9", format: .srt,
      input: "\(at(1))\nWe land now.\n\n\(at(2))\nVery good.\n",
      sent: ["We land now.", "Very good."],
      ids: ["1", "2"]),
  ]

  // MARK: WebVTT

  private static func vtt(_ words: String) -> String {
    "WEBVTT\n\n00:01.000 --> 00:02.000\n\(words)\n"
  }

  private static let webVTT = [
    PublicCase(
      source: "ableplayer/ableplayer#348", format: .vtt,
      input: vtt("<v Mary Ann>\nIt is late here."),
      sent: ["It is late here."], ids: ["1"]),
    PublicCase(
      source: "onyx-dot-app/onyx#14861", format: .vtt,
      input: vtt("<v.host Jane &amp; Joe>We are 3 &lt; 4, I said.</v>"),
      sent: ["We are 3 < 4, I said."], ids: ["1"]),
    PublicCase(
      source: "w3c/webvtt#286", format: .vtt,
      input: "WEBVTT\n\nNOTE Typed by A.\nNOTE Read by B.\n\n"
        + "00:00:00.960 --> 00:00:04.616\n<c.paragraph>So I tried an experiment.</c>\n",
      sent: ["So I tried an experiment."], ids: ["1"]),
    PublicCase(
      source: "podlove/webvtt-parser#3", format: .vtt,
      input: "WEBVTT\n\n00:30.000 --> 00:31.500 align:right size:50%\n<v Bo>When we wrote,\n\n"
        + "00:30.500 --> 00:32.500 align:left size:50%\n<v Al><i>Laughs loud</i>\n",
      sent: ["When we wrote.", "Laughs loud."], ids: ["1", "2"]),
    PublicCase(
      source: "mediaelement/mediaelement#1251", format: .vtt,
      input:
        "WEBVTT\n\nopening\n00:01.000 --> 00:02.000\nHello there.\n\n00:03.000 --> 00:04.000\nAgain.\n",
      sent: ["Hello there.", "Again."], ids: ["opening", "2"]),
    PublicCase(
      source: "debpalash/VoiceStudio#2226", format: .vtt,
      input: vtt("if a &lt;b&gt; c &amp;&amp; d --&gt; e"),
      sent: ["if a <b> c && d --> e."], ids: ["1"]),
  ]

  // MARK: Tables

  private static let tables = [
    PublicCase(
      source: "dathere/datapusher-plus#256", format: .csv,
      input: "id;text;place\na;It is 1, or less;Galway\nb;Six;Berkeley\n",
      sent: ["It is 1, or less.", "Six."], ids: ["a", "b"]),
    // Each row has one comma and a few semicolons, and not all end with one.
    PublicCase(
      source: "mechatroner/vscode_rainbow_csv#134", format: .csv,
      input: "April 15, again;a;pending;\nApril 14, again;b;pending;\nApril 9, again;c;\n",
      columns: "text,id,-", sent: ["April 15, again.", "April 14, again.", "April 9, again."],
      ids: ["a", "b", "c"]),
    PublicCase(
      source: "bis-med-it/pysdmx#460", format: .csv,
      input: "id,text,unit\na,One|two,EUR\nb,Three|four,EUR\n", sent: ["One|two.", "Three|four."],
      ids: ["a", "b"]),
    PublicCase(
      source: "python/cpython#97611", format: .csv,
      input: "id\ttext\na\tShipped to me\nb\tShipped, to you\n",
      sent: ["Shipped to me.", "Shipped, to you."], ids: ["a", "b"]),
    PublicCase(
      source: "jakob/TableTool#34", format: .csv, input: "6:30;First wash\n1:00;Wash, again\n",
      columns: "-,text", sent: ["First wash.", "Wash, again."]),
    PublicCase(
      source: "PowerShell/PowerShell#7776", format: .csv, input: "sep=,\nid,text\na,Hello\n",
      sent: ["Hello."], ids: ["a"]),
    PublicCase(
      source: "close2/csv#68", format: .csv, input: "\"sep=;\"\nid;text;\na;One, two;\nb;Three;\n",
      sent: ["One, two.", "Three."], ids: ["a", "b"]),
    PublicCase(
      source: "mechatroner/vscode_rainbow_csv#108", format: .csv,
      input: "sep=|\nid|text\na|One; two\n",
      sent: ["One; two."], ids: ["a"]),
    PublicCase(
      source: "mechatroner/vscode_rainbow_csv#13", format: .csv, input: "UTF-8\nid,text\na,One\n",
      refused: "no column is named text"),
    PublicCase(
      source: "WarrenWilkinson/read-csv#7", format: .csv, input: "id,text\ra,One\rb,Two\r",
      sent: ["One.", "Two."], ids: ["a", "b"]),
    PublicCase(
      source: "mholt/PapaParse#43", format: .tsv, input: "id\ttext\ra\tOne\rb\tTwo",
      sent: ["One.", "Two."], ids: ["a", "b"]),
    PublicCase(
      source: "42BV/CSVeed#97", format: .csv, input: "id,text,x\na,Dekh\"iyk'ya,13\n",
      sent: ["Dekh\"iyk'ya."], ids: ["a"]),
    PublicCase(
      source: "mafintosh/csv-parser#52", format: .csv,
      input: "\"id\",\"text\"\n\"a\",\"test 32\" 123\"\n\"b\",\"fine\"\n", sent: ["fine."],
      ids: ["b"],
      rejected: [2]),
    PublicCase(
      source: "C2FO/fast-csv#113", format: .csv, input: "id,text\na,\"Ann \"Bree\"\"\nb,fine\n",
      sent: ["fine."], ids: ["b"], rejected: [2]),
    PublicCase(
      source: "mholt/PapaParse#67", format: .csv, input: "id,text\na,\"say \"\",\"\" now\"\n",
      sent: [#"say "," now."#], ids: ["a"]),
    PublicCase(
      source: "dataculturegroup/DataBasic#176", format: .csv, input: "id,text\na,One,\nb,Two,\n",
      sent: ["One.", "Two."], ids: ["a", "b"]),
    PublicCase(
      source: "fsprojects/FSharp.Data#688", format: .csv, input: "id,text,\na,One\nb,Two\n",
      sent: ["One.", "Two."], ids: ["a", "b"]),
    PublicCase(
      source: "deephaven/deephaven-core#1800", format: .psv, input: "id|text|\na|One|\nb|Two|\n",
      sent: ["One.", "Two."], ids: ["a", "b"]),
    PublicCase(
      source: "whitfin/s3-concat#3", format: .csv,
      input: "id,text\na,One\nid,text\nb,Two\nid,text\n", sent: ["One.", "Two."], ids: ["a", "b"],
      told: ["W-HEADER"]),
    PublicCase(
      source: "alcibiade/pan-discovery#7", format: .csv,
      input: "id;text\nid;text\na;One\n", sent: ["One."], ids: ["a"], told: ["W-HEADER"]),
    PublicCase(
      source: "lzcapp/KindleMate2#8", format: .csv,
      input:
        "#separator:Comma\n#html:true\n#columns:Front,Back\n#deck:Chinese\n\"Big, <b>old</b> house\",x\n",
      columns: "text=Front", sent: ["Big, old house."]),
    // A spreadsheet wrote separators behind Anki's headers, too.
    PublicCase(
      source: "ankitects/anki#4205", format: .csv,
      input: "#separator:Comma,,\n#html:false,,\n#notetype:Basic,,\na,One <b>,x\n",
      columns: "id,text,-", sent: ["One <b>."], ids: ["a"]),
    PublicCase(
      source: "crimx/ext-saladict#524", format: .csv,
      input: "#separator:tab\n#html:true\n\"one<br>two\"\tx\n\"three\nfour\"\ty\n",
      columns: "text,-",
      sent: ["one two.", "three four."]),
  ]

  // MARK: Plain texts that are none

  private static let texts = [
    PublicCase(
      source: "hikikones/Lazycard#22", format: .lines,
      input: "What is up?|The sky.\nAnd down?|The sea.\n",
      sent: ["What is up?|The sky.", "And down?|The sea."], told: ["W-TABLE"]),
    PublicCase(
      source: "huggingface/datasets#3963", format: .lines,
      input: "id_1\tOne two.\nid_2\tThree four.\n",
      sent: ["id_1 One two.", "id_2 Three four."], told: ["W-TABLE"]),
    PublicCase(
      source: "ankidroid/ankidroiddocs#133", format: .lines,
      input: "#separator:tab\n#html:false\nOne\tTwo\n",
      refused: "Anki export"),
  ]

  // MARK: Rows of data sets

  private static let rows = [
    PublicCase(
      source: "huggingface/datasets#7856", format: .jsonl,
      input: #"{"file_name": "data/test/a_00.0_04.0.mp3", "transcript": "What news?"}"#,
      sent: ["What news?"], ids: ["data/test/a_00.0_04.0"])
  ]
}
