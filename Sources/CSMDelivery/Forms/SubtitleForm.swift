import CSMCore
import CSMFFmpeg
import CSMFiles

/// Subtitles for the files that `joined` makes of the same lines, with one cue per line.
struct SubtitleForm: SequenceForm {
  enum Kind: String, Sendable { case srt, vtt }

  private let kind: Kind

  let isWhole = false

  init(_ kind: Kind) { self.kind = kind }

  func ext(_ conversion: Conversion?) -> String { kind.rawValue }

  func nature(of sequence: LineSequence) -> String {
    sequence.parts.map { "\($0.id)\t\($0.speaker ?? "")\t\($0.text)" }.joined(separator: "\n")
  }

  func make(_ sequence: LineSequence, into draft: ExportFolder.Draft, _ maker: Maker) throws {
    var text = kind == .vtt ? "WEBVTT\n\n" : ""
    for (number, (part, start)) in zip(sequence.parts, sequence.starts).enumerated() {
      let times = "\(time(start)) --> \(time(start + part.milliseconds))"
      switch kind {
      case .srt: text += "\(number + 1)\n\(times)\n\(Self.plain(part.text))\n\n"
      case .vtt: text += "\(number + 1)\n\(times)\n\(voiced(part))\n\n"
      }
    }
    try draft.write(Array(text.utf8))
  }

  /// A time such as `01:02:03,004`; vtt has a point instead of the comma.
  private func time(_ milliseconds: Int) -> String {
    let seconds = milliseconds / 1000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0.padded(to: 2) }
    return clock.joined(separator: ":") + (kind == .srt ? "," : ".")
      + (milliseconds % 1000).padded(to: 3)
  }

  private func voiced(_ part: LineSequence.Part) -> String {
    let text = Self.escaped(Self.withoutGaps(part.text))
    guard let speaker = part.speaker else { return text }
    return "<v \(Self.escaped(speaker.oneLine))>\(text)"
  }

  /// The text without a line that a player could take for the times of a cue.
  private static func plain(_ text: String) -> String {
    let text = withoutGaps(text)
    guard holdsTimes(text) else { return text }
    return text.replacing(arrow, with: "->").replacing(moment) { "\($0.1) \($0.2)" }
  }

  private static func holdsTimes(_ text: String) -> Bool {
    text.contains(arrow) || text.matches(of: moment).count > 1
  }

  // By scalars, as players read them.
  private static var arrow: Regex<Substring> { /-{2,}>/.matchingSemantics(.unicodeScalar) }
  private static var moment: Regex<(Substring, Substring, Substring)> {
    /(\d:\d\d?:\d\d?)[.,](\d)/.matchingSemantics(.unicodeScalar)
  }

  private static func escaped(_ text: String) -> String {
    text.replacingScalars(["&": "&amp;", "<": "&lt;", ">": "&gt;"])
  }

  /// The text without empty lines, which would end the cue.
  private static func withoutGaps(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { String($0).oneLine }
      .filter { !$0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
  }

  func notes(on sequences: [LineSequence]) -> [String] {
    guard kind == .srt else { return [] }
    func count(_ isMeant: (String) -> Bool) -> Int {
      sequences.reduce(0) { $0 + $1.parts.count { isMeant($0.text) } }
    }
    return [
      (
        count { $0.unicodeScalars.contains { $0 == "<" || $0 == "{" } },
        "with < or {, which players take for formatting"
      ),
      (count(Self.holdsTimes), "with --> and times, which would begin a cue and were changed"),
    ].filter { $0.0 > 0 }.map {
      "srt: \(Figures.count($0.0, "line")) \($0.1); vtt keeps them unchanged"
    }
  }
}
