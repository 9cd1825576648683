import CSMCore

/// How a file's lines are to be read.
package enum InputFormat: String, Sendable, CaseIterable {
  /// Each line is a text.
  case lines
  /// Each line is a JSON object.
  case jsonl

  /// The format that a file's name shows; nil for one that cannot be read.
  package init?(fileName: String) {
    let name = fileName.lowercased()
    switch name.lastIndex(of: ".").map({ name[name.index(after: $0)...] }) {
    case "jsonl", "ndjson": self = .jsonl
    case "csv", "tsv", "tab", "psv", "json", "script", "dialog", "srt", "vtt": return nil
    default: self = .lines
    }
  }

  /// Reads one line.
  ///
  /// - Parameter speaker: who speaks where the line does not say.
  /// - Returns: nil for a blank line.
  /// - Throws: why it cannot be spoken.
  package func read(_ line: InputLines.Line, speaker: Int) throws(Rejection) -> SpokenLine? {
    guard !line.isTooLong else {
      throw Rejection("the line is longer than \(InputLines.lineBytesMax >> 20) MiB")
    }
    let text = try SpokenText.decode(line.bytes)
    guard text.contains(where: { !$0.isWhitespace }) else { return nil }
    switch self {
    case .lines:
      let spoken = try SpokenText.spoken(text)
      let turn = SpeechRequest.Turn(text: spoken, speakerID: speaker)
      return SpokenLine(request: SpeechRequest(scene: [turn]))
    case .jsonl: return try JSONLine(text).read(speaker: speaker)
    }
  }
}
