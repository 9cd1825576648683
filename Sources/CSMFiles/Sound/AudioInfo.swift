import CSMCore

/// The format and length of an audio file, according to its bytes.
package struct AudioInfo: Hashable, Sendable {
  /// The supported kinds of file; the raw value is the usual file extension.
  package enum Container: String, Sendable, CaseIterable {
    case wav, mp3, ogg, flac, m4a, webm, aiff, caf, amr
  }

  package let container: Container
  /// In samples per second; nil except for WAV, since other formats are not parsed.
  package let sampleRate: Int?
  /// Nil except for WAV.
  package let channels: Int?
  /// The duration in milliseconds, rounded down; nil if the beginning of the file does not tell.
  package let durationMilliseconds: Int?
  /// Nil if their format is not supported.
  package let samples: Samples?
  /// Whether its own header declares exactly as many bytes as there are; false except for WAV.
  package let isExact: Bool

  /// Uncompressed samples in a file.
  package struct Samples: Hashable, Sendable {
    /// Their place in the file.
    package let bytes: Range<Int>
    package let format: SampleFormat
  }

  /// Inspects and checks a file.
  ///
  /// - Parameters:
  ///   - length: the size of the file in bytes.
  ///   - isWhole: whether the file is known to be complete, whatever its header says.
  ///   - read: returns bytes of the file (offset, count), fewer only at its end.
  /// - Throws: `AudioFault`, and what `read` throws.
  package init(
    length: Int, isWhole: Bool = false, read: (Int, Int) throws -> [UInt8]
  ) throws {
    guard length > 0 else { throw AudioFault.empty }
    let head = try read(0, 16)
    guard let container = Container(head: head) else {
      throw AudioFault.unknownFormat(head: head)
    }
    guard container.canHoldSound(head: head, length: length) else {
      throw AudioFault.malformed("\(length) bytes cannot contain \(container) audio")
    }
    let wav = container == .wav ? try WAVHeader(length: length, isWhole: isWhole, read: read) : nil
    self.container = container
    sampleRate = wav?.sampleRate
    channels = wav?.channels
    durationMilliseconds =
      switch container {
      case .wav: wav?.durationMilliseconds
      case .m4a: try BoxedAudio.mp4(length: length, read: read)
      case .aiff: try BoxedAudio.aiff(length: length, read: read)
      case .mp3, .ogg, .flac, .webm, .caf, .amr: nil
      }
    isExact = wav?.isExact ?? false
    samples = wav.flatMap { wav in
      wav.sampleFormat.map { Samples(bytes: wav.samples, format: $0) }
    }
  }

  /// Whether a file declares exactly as many bytes as there are; throws what `read` throws.
  static func isExact(length: Int, read: (Int, Int) throws -> [UInt8]) throws -> Bool {
    do {
      return try AudioInfo(length: length, read: read).isExact
    } catch is AudioFault {
      return false
    }
  }

  /// Measures the samples in one pass; nil if their format is not supported.
  ///
  /// - Parameter read: returns bytes of the file (offset, count), fewer only at its end.
  func measure(read: (Int, Int) throws -> [UInt8]) rethrows -> AudioMeasure? {
    guard let samples, let sampleRate, let channels,
      var meter = SampleMeter(samples.format, sampleRate: sampleRate, channels: channels)
    else { return nil }
    // Whole frames, about 64 KiB of them.
    let piece = max(1, (1 << 16) / meter.frameBytes) * meter.frameBytes
    for offset in stride(from: samples.bytes.lowerBound, to: samples.bytes.upperBound, by: piece) {
      let bytes = try read(offset, min(piece, samples.bytes.upperBound - offset))
      bytes.withUnsafeBytes { meter.take($0) }
    }
    return meter.measure
  }

  /// Inspects and checks a file in memory; throws `AudioFault`.
  package init(_ bytes: [UInt8], isWhole: Bool = false) throws {
    try self.init(length: bytes.count, isWhole: isWhole, read: bytes.part)
  }

  /// Inspects and measures a complete file in memory, whatever its header says; throws `AudioFault`.
  package static func measure(
    _ bytes: [UInt8]
  ) throws -> (info: AudioInfo, measure: AudioMeasure?) {
    let info = try AudioInfo(length: bytes.count, isWhole: true, read: bytes.part)
    return (info, info.measure(read: bytes.part))
  }
}

extension [UInt8] {
  /// The bytes of a file in memory, fewer than `count` only at its end.
  func part(at offset: Int, count: Int) -> [UInt8] { Array(dropFirst(offset).prefix(count)) }
}

extension AudioInfo.Container {
  /// Whether a file of `length` bytes that begins with `head` can contain any audio; a truncated response may
  /// begin like audio.
  fileprivate func canHoldSound(head: [UInt8], length: Int) -> Bool {
    switch self {
    case .wav, .m4a, .aiff: true  // parsed completely
    // The stream info comes first: type 0, 34 bytes (RFC 9639, 8.2).
    case .flac:
      length > 42 && head.count >= 8 && head[4] & 0x7F == 0
        && (head[5], head[6], head[7]) == (0, 0, 34)
    // At least two pages, each with a header of 27 bytes and its table (RFC 3533, 6).
    case .ogg: length > 2 * 28 && head.count > 4 && head[4] == 0
    // The shortest layer 3 frame has 24 bytes; an ID3 tag may precede it.
    case .mp3: length >= 24 + (head.starts(with: "ID3".utf8) ? 10 : 0)
    // The EBML header and further elements.
    case .webm: length > 64
    // The file header, and the header and contents of the description chunk.
    case .caf: length > 8 + 12 + 32
    // The magic number, and a frame of the lowest rate, which has 13 bytes.
    case .amr: length >= 6 + 13
    }
  }

  /// The kind of file that begins with these bytes; nil if unknown.
  package init?(head: [UInt8]) {
    if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WAVE".utf8) {
      self = .wav
    } else if head.starts(with: "ID3".utf8) || Self.isMPEGLayer3Frame(head) {
      self = .mp3
    } else if head.starts(with: "OggS".utf8) {
      self = .ogg
    } else if head.starts(with: "fLaC".utf8) {
      self = .flac
    } else if head.dropFirst(4).starts(with: "ftyp".utf8) {
      self = .m4a
    } else if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      self = .webm
    } else if head.starts(with: "FORM".utf8), head.dropFirst(8).starts(with: "AIF".utf8) {
      self = .aiff
    } else if head.starts(with: "caff".utf8) {
      self = .caf
    } else if head.starts(with: "#!AMR".utf8) {
      self = .amr
    } else {
      return nil
    }
  }

  /// Checks the sync and the validity of the header; two random bytes would often pass for a sync alone.
  private static func isMPEGLayer3Frame(_ head: [UInt8]) -> Bool {
    guard head.count >= 4, head[0] == 0xFF, head[1] & 0xE0 == 0xE0 else { return false }
    let version = head[1] >> 3 & 0b11
    let layer = head[1] >> 1 & 0b11
    let bitRate = head[2] >> 4
    let sampleRate = head[2] >> 2 & 0b11
    return version != 0b01 && layer == 0b01 && bitRate != 0b1111 && sampleRate != 0b11
  }
}
