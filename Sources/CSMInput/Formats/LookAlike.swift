/// Recognises other formats, by their first lines, in files named as plain text; otherwise their times
/// and keys would be spoken.
enum LookAlike {
  /// - Parameter format: the format of plain text that the file was going to be read in.
  static func rejection(of sample: [InputLines.Line], as format: InputFormat) -> Rejection? {
    let lines = sample.filter { !$0.isBlank }
    let texts = lines.map { String(decoding: $0.bytes.prefix(4096), as: UTF8.self).trimmed }
    for (place, text) in texts.enumerated() {
      let next = place + 1 < texts.count ? texts[place + 1] : ""
      let advice = (place == 0 ? advice(first: text, next: next) : nil) ?? advice(text)
      if let advice {
        return Rejection(
          line: lines[place].number, .syntax,
          "\(advice); if it is plain text after all, use --as \(format.rawValue)")
      }
    }
    return nil
  }

  /// The message for a format recognised by its first line.
  private static func advice(first text: String, next: String) -> String? {
    let dense = text.filter { !$0.isWhitespace }
    if text.split(whereSeparator: \.isWhitespace).first == "WEBVTT" {
      return read("subtitles (WebVTT)", as: .vtt)
    }
    if dense.hasPrefix("{\"") || dense == "{" && next.hasPrefix("\"") {
      return read("JSON", as: dense.hasSuffix("}") ? .jsonl : .json)
    }
    if dense.hasPrefix("[{") || dense == "[" && next.hasPrefix("{") {
      return read("JSON", as: .json)
    }
    let marks = ["<?xml", "<!doctype", "<html", "<tt ", "<smil"]
    if marks.contains(where: text.lowercased().hasPrefix) { return unread("XML", "xml") }
    if text.hasPrefix("{\\rtf") { return unread("RTF", "rtf") }
    return text == "[Script Info]" ? unread("subtitles (ASS)", "ass") : nil
  }

  /// The message for a format recognised by any line.
  private static func advice(_ text: String) -> String? {
    guard let first = text.first else { return nil }
    if first.isWholeNumber {
      if text.wholeMatch(of: /\d+:\d\d:\d\d\.\d+,\d+:\d\d:\d\d\.\d+/) != nil {
        return unread("subtitles (SBV)", "sbv")
      }
      let hasArrow = text.contains(">") || text.contains("→")
      return hasArrow && CueTimes(text) != nil ? read("subtitles (SRT)", as: .srt) : nil
    }
    if first == "[", text.prefixMatch(of: /\[\d+:\d\d([.:]\d+)?\]/) != nil {
      return unread("lines with times (LRC)", "lrc")
    }
    if first == "{", text.prefixMatch(of: /\{\d+\}\{\d+\}/) != nil {
      return unread("subtitles (MicroDVD)", "sub")
    }
    return text.hasPrefix("msgid \"") ? unread("translations (gettext)", "po") : nil
  }

  private static func read(_ what: String, as format: InputFormat) -> String {
    "this is not plain text but \(what): use --as \(format.rawValue)"
  }

  private static func unread(_ what: String, _ ending: String) -> String {
    "this is not plain text but \(what), which cannot be read: "
      + (ForeignFormat.advice(forEnding: ending) ?? "")
  }
}
