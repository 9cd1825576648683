import CSMWorkplace
import Foundation

/// The encoding of a long sound, with metadata and cover.
package struct EncodedSound: Sendable {
  /// The file's extension, without a dot.
  let ext: String
  /// ffmpeg's output options for the format.
  let arguments: [String]
  /// Title and chapters, in ffmpeg's metadata format; nil for none.
  let metadata: String?
  /// The path of a picture; nil for none.
  let cover: String?

  package init(ext: String, arguments: [String], metadata: String? = nil, cover: String? = nil) {
    self.ext = ext
    self.arguments = arguments
    self.metadata = metadata
    self.cover = cover
  }

  private static let coverBytesMax = 64 << 20

  /// Reads a picture; throws `Failure` unless it is JPEG or PNG.
  package static func bytes(of cover: String) throws -> [UInt8] {
    // Opening a pipe would wait for whoever writes into it.
    var status = stat()
    guard stat(cover, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let file = FileHandle(forReadingAtPath: cover),
      let data = try? file.read(upToCount: coverBytesMax), !data.isEmpty
    else { throw Failure("\(cover): the picture cannot be read", .noInput) }
    guard data.starts(with: [0xFF, 0xD8]) || data.starts(with: [0x89, 0x50, 0x4E, 0x47]) else {
      throw Failure("\(cover): a cover must be a JPEG or PNG picture", .badInput)
    }
    return [UInt8](data)
  }
}

extension FFmpeg {
  /// Encodes 16-bit mono samples; the same version of ffmpeg always writes the same bytes.
  ///
  /// - Returns: the new file in the folder.
  /// - Throws: `Failure` with ffmpeg's last message.
  package func encode(
    _ samples: URL, rate: Int, _ form: EncodedSound, for name: String, in folder: URL
  ) throws -> URL {
    var inputs: [String] = []
    var outputs = ["-map", "0:a"]
    if let metadata = form.metadata {
      let file = folder.appending(path: "metadata.txt")
      try Data(metadata.utf8).write(to: file)
      inputs += ["-f", "ffmetadata", "-i", "file:\(file.path)"]
      outputs += ["-map_metadata", "1", "-map_chapters", "1"]
    }
    if let cover = form.cover {
      let file = folder.appending(path: "cover")
      try Data(try EncodedSound.bytes(of: cover)).write(to: file)
      let input = ["-format_whitelist", "image2,jpeg_pipe,png_pipe", "-i", "file:\(file.path)"]
      // By itself first, since an error then concerns the cover alone.
      try run(
        input + ["-frames:v", "1", "-f", "null"], into: folder.appending(path: "none"), for: cover,
        hiding: "file:\(file.path): ")
      inputs += input
      outputs += [
        "-map", "\(form.metadata == nil ? 1 : 2):v", "-c:v", "copy", "-disposition:v:0",
        "attached_pic",
      ]
    }
    let made = folder.appending(path: "made.\(form.ext)")
    try run(
      ["-f", "s16le", "-ar", "\(rate)", "-ac", "1", "-i", "file:\(samples.path)"] + inputs + outputs
        + ["-fflags", "+bitexact", "-flags:a", "+bitexact"] + form.arguments, into: made, for: name)
    return made
  }
}
