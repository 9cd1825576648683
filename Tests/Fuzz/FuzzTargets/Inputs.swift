import CSMCore
import CSMInput

extension FuzzTarget {
  /// Files of people: reading ends, and whatever is refused has a place and a reason.
  static let inputs =
    InputFormat.allCases.map { format in
      FuzzTarget("input-\(format.rawValue)", seeds: fileSeeds, words: fileWords) { bytes in
        var reader = format.reader(of: InputLines(bytes: bytes))
        var findings = 0
        do {
          while let finding = try reader.next() {
            findings += 1
            try demand(findings <= bytes.count + 16, "reading does not end")
            try check(finding)
          }
        } catch let error as InputError {
          if case .refused(let rejection) = error { try check(rejection) }
        }
      }
    } + [
      FuzzTarget(
        "cast",
        seeds: [
          "[Anna]\nvoice = \"warm\"\nspeaker_id = 1\n", "Anna = \"warm\"\n", "a.b.c = [[[1]]]\n",
          "x = 9223372036854775808\ny = 1979-05-27T07:32:00Z\n", "[[", "\"\\uD800\" = 1", "= ",
        ],
        words: ["[", "]", "=", "\"", "\"\"\"", "voice", "speaker_id", "{", "}", "#", "\n", "'''"]
      ) { bytes in
        do {
          _ = try CastFile.read(String(decoding: bytes, as: UTF8.self))
        } catch let error as SyntaxError {
          try demand(!error.reason.isEmpty, "an error without a reason")
        }
      }
    ]

  private static func check(_ finding: CSMInput.Finding) throws {
    switch finding {
    case .entry(let entry):
      try demand(entry.line >= 1 && !entry.turns.isEmpty, "an entry without a place or a turn")
    case .rejection(let rejection, _): try check(rejection)
    case .warning(let warning): try demand(warning.line >= 1, "a warning without a place")
    case .blank, .directive, .incomplete, .skipped, .role: break
    }
  }

  private static func check(_ rejection: Rejection) throws {
    try demand(
      rejection.line >= 1 && rejection.column >= 1 && !rejection.reason.isEmpty,
      "a reason without a place")
  }

  static let fileWords = [
    "\"text\":", "\"scene\":", "\"context\":", "\"speaker\":", "\"id\":", "\"meta\":", "{", "}",
    "[",
    "]", "\"", "\"\"", ",", "\t", "|", "\\u0000", "\\ud800", "\r\n", "\n", "\n\n", " --> ",
    "00:00:01,000", "WEBVTT", "<v Anna>", "<Person1>", "</Person1>", "Anna: ", "[Anna]", "text",
    "id",
  ]
  static let fileSeeds = [
    "Good night.\nAnother one.\n\nA third.\n", "  Grüße, \u{1F600}.  ", "e\u{301}", "",
    "\u{FEFF}Hello", "\u{0}",
    #"{"text": "Hello.", "id": "one", "speaker": 1, "meta": {"page": 7}}"#,
    #"[{"text": "Hello."}, {"scene": [{"text": "Hi.", "speaker_id": 0}]}]"#,
    #"{"text": "\ud83d\ude00", "meta": {"a": [1, 2.5, null, true, "x"], "b": {"c": 1e308}}}"#,
    "id,text,speaker\nL1,\"Hello, \"\"you\"\".\",Anna\nL2,\"two\nlines\",1\n",
    "id\ttext\nL1\tHello.\n", "text|id\nHello.|L1\n",
    "Anna: Hello.\nBob: Hi.\n\n[Anna]\nGood night.\n",
    "<Person1>Hello.</Person1>\n<Person2>Hi.</Person2>\n",
    "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n99:99:99,999 --> 00:00:00,000\n<i>Hi</i>\n",
    "WEBVTT\n\nNOTE x\n\nid\n00:01.000 --> 00:02.000 align:start\n<v Anna>Hello.\n",
  ]
}
