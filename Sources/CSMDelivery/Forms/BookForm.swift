import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMWorkplace

/// A person's options for a book.
package struct BookOptions: Sendable {
  /// The title; nil for the name of the batch.
  package var title: String?
  /// The path of a JPEG or PNG picture; nil for none.
  package var cover: String?
}

/// The whole batch in one file; its chapters are those named in the input file, or else the scenes.
struct BookForm: SequenceForm {
  private let options: BookOptions

  let isWhole = true

  init(_ options: BookOptions) { self.options = options }

  func ext(_ conversion: Conversion?) throws -> String {
    switch conversion?.name {
    case nil, "m4a": return "m4b"
    case "mp3": return "mp3"
    case .some(let name):
      throw Failure(
        "--as book makes .m4b or .mp3: use --convert m4a or mp3, not \(name)", .usage)
    }
  }

  func nature(of sequence: LineSequence) throws -> String {
    let cover = try options.cover.map { Digest(of: try EncodedSound.bytes(of: $0)).hex }
    return metadata(sequence) + "cover=\(cover ?? "")"
  }

  func make(_ sequence: LineSequence, into draft: ExportFolder.Draft, _ maker: Maker) throws {
    let conversion = sequence.conversion
    try JoinedSound(sequence, maker).encode(
      EncodedSound(
        ext: try ext(conversion),
        arguments: conversion?.arguments ?? ["-c:a", "aac", "-b:a", "64k"],
        metadata: metadata(sequence), cover: options.cover), into: draft)
  }

  /// The title and chapters in ffmpeg's metadata format.
  private func metadata(_ sequence: LineSequence) -> String {
    let title = options.title ?? sequence.name
    var lines = [
      ";FFMETADATA1", "title=\(Self.escaped(title))", "album=\(Self.escaped(title))",
      "genre=Audiobook",
    ]
    for chapter in chapters(sequence) {
      lines += [
        "[CHAPTER]", "TIMEBASE=1/1000", "START=\(chapter.start)", "END=\(chapter.end)",
        "title=\(Self.escaped(chapter.title))",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func chapters(
    _ sequence: LineSequence
  ) -> [(title: String, start: Int, end: Int)] {
    var chapters: [(title: String, start: Int, end: Int)] = []
    for (part, start) in zip(sequence.parts, sequence.starts) {
      let title = part.heading ?? options.title ?? sequence.name
      if chapters.last?.title != title {
        if let last = chapters.indices.last { chapters[last].end = start }
        chapters.append((title, start, start))
      }
    }
    if let last = chapters.indices.last { chapters[last].end = sequence.milliseconds }
    return chapters
  }

  private static func escaped(_ text: String) -> String {
    let escaped = text.oneLine.replacingScalars([
      "=": "\\=", ";": "\\;", "#": "\\#", "\\": "\\\\",
    ])
    // ffmpeg takes a final backslash, even an escaped one, for that of the line break, and loses the next line.
    return escaped.hasSuffix("\\") ? escaped + " " : escaped
  }
}
