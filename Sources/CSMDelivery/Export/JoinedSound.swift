import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMWorkplace
import Foundation

/// The sound of a sequence, written part by part; only one line is in memory.
///
/// Each part begins exactly at the sample of its time in milliseconds. Subtitles and chapters therefore stay
/// in step to the end.
struct JoinedSound {
  private let sequence: LineSequence
  private let maker: Maker

  /// CSM's own rate, in samples per second.
  private static let usualRate = 24_000

  init(_ sequence: LineSequence, _ maker: Maker) {
    self.sequence = sequence
    self.maker = maker
  }

  /// Passes on the samples, 16 bits each, in pieces.
  ///
  /// - Returns: their rate, in samples per second.
  @discardableResult
  private func write(_ body: ([UInt8]) throws -> Void) throws -> Int {
    var rate = sequence.rate
    var written = 0
    for (part, start) in zip(sequence.parts, sequence.starts) {
      var sound = try sound(of: part)
      _ = sound.treat(part.recipe)
      let own = rate ?? sound.rate
      rate = own
      sound = sound.resampled(to: own)
      // Without a gap, the part before may end up to a millisecond late.
      let first = max(start * own / 1000, written)
      try body(Self.silence(first - written))
      // A part may be up to a millisecond longer than its time.
      let end = (start + part.milliseconds + max(1, sequence.gap)) * own / 1000
      let samples = sound.samples.prefix(max(0, end - first))
      try body(Sound(samples: Array(samples), rate: own).pcm)
      written = first + samples.count
    }
    return rate ?? Self.usualRate
  }

  private func sound(of part: LineSequence.Part) throws -> Sound {
    do {
      return try maker.sound(of: part.digest, ext: part.recipe.source, for: part.id)
    } catch {
      guard let flaw = try AudioFlaw(behind: error, in: maker.store, of: part.digest) else {
        throw error
      }
      throw SequenceFlaw(flaw, of: part)
    }
  }

  private static func silence(_ samples: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: samples * 2)
  }

  /// Writes a WAV file.
  ///
  /// Throws `Failure` if it is longer than the format allows.
  func writeWAV(into draft: ExportFolder.Draft) throws {
    let header = 44
    try draft.write(Self.silence(header / 2))
    var bytes = 0
    let rate = try write { piece in
      bytes += piece.count
      guard bytes < Int(UInt32.max) - header else {
        throw Failure(
          "\(sequence.name): too long for a WAV file: convert it, such as with --convert flac",
          .cannotCreate)
      }
      try draft.write(piece)
    }
    try draft.rewrite(Sound.header(bytes: bytes, rate: rate), at: 0)
  }

  /// Encodes it with ffmpeg.
  ///
  /// Throws `Failure`.
  func encode(_ form: EncodedSound, into draft: ExportFolder.Draft) throws {
    let ffmpeg = try maker.demandFFmpeg()
    try ffmpeg.inFolder { folder in
      let samples = folder.appending(path: "samples")
      guard FileManager.default.createFile(atPath: samples.path, contents: nil) else {
        throw Failure("\(samples.path) cannot be created", .cannotCreate)
      }
      let file = try FileHandle(forWritingTo: samples)
      let rate = try write { try file.write(contentsOf: $0) }
      try file.close()
      let made = try ffmpeg.encode(samples, rate: rate, form, for: sequence.name, in: folder)
      let reader = try FileHandle(forReadingFrom: made)
      while let piece = try reader.read(upToCount: 1 << 20), !piece.isEmpty {
        try draft.write(Array(piece))
      }
    }
  }
}
