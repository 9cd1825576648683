import CSMCore
import CSMInput

extension FuzzTarget {
  /// Files of people: what is taken can be spoken, and what is refused has a place and a reason.
  static let inputs = InputFormat.allCases.map { format in
    FuzzTarget(
      "input-\(format.rawValue)", seeds: lineSeeds,
      words: [
        "\"text\":", "\"scene\":", "\"context\":", "\"speaker\":", "\"speaker_id\":", "\"id\":",
        "\"meta\":", "\"audio_url\":", "\"prompt\":", "{", "}", "[", "]", "\"", "\\u0000",
        "\\ud800", "\t", "\r\n", "\n",
      ]
    ) { bytes in
      let line = InputLines.Line(
        number: 1, bytes: bytes, isTooLong: bytes.count > InputLines.lineBytesMax)
      do {
        guard let spoken = try format.read(line, speaker: 0) else { return }
        try demand(!spoken.request.scene.isEmpty, "a line without a turn was taken")
        for turn in spoken.request.scene {
          try demand(
            turn.text.unicodeScalars.contains {
              $0.properties.isAlphabetic || $0.properties.numericType != nil
            }
              && !turn.text.utf8.contains(0), "a turn that cannot be spoken was taken")
        }
        if let id = spoken.id {
          try demand(
            Printable.line(id) == id && id.utf8.count <= 200, "an id that is none was taken")
        }
      } catch let rejection as Rejection {
        try demand(rejection.column >= 1 && !rejection.reason.isEmpty, "a reason without a place")
        try demand(rejection.column <= bytes.count + 1, "a place outside of the line")
        try demand(
          Printable.line(rejection.reason) == rejection.reason, "a reason that moves the cursor")
      }
    }
  }

  private static let lineSeeds = [
    "Good night.", "  Grüße, \u{1F600}.  ", "e\u{301}", "", "\u{FEFF}Hello", "...", "\u{0}",
    #"{"text": "Hello.", "id": "one", "speaker": 1, "meta": {"page": 7}}"#,
    #"{"scene": [{"text": "Hi.", "speaker_id": 0}], "context": [{"prompt": "p", "audio_url": "https://x/y.wav", "speaker_id": 0}]}"#,
    #"{"text": "\ud83d\ude00", "meta": {"a": [1, 2.5, null, true, "x"], "b": {"c": 1e308}}}"#,
    #"{"text": "a", "text": "b"}"#, #"{"txt": "Hello."}"#, #"[{"text": "x"}]"#, #"{"text": 7}"#,
    #"{"text": "x", "id": 9223372036854775807, "speaker": "9"}"#,
    #"{"text": "x", "meta": {"n": 123456789012345678901234567890}}"#,
  ]
}
