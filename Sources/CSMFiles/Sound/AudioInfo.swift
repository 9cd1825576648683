import CSMCore

/// What a file's own bytes say about the audio in it.
package struct AudioInfo: Hashable, Sendable {
  /// The kinds of file that are taken for audio; the raw value is the usual file extension.
  package enum Container: String, Sendable, CaseIterable {
    case wav, mp3, ogg, flac, m4a, webm, aiff, caf, amr
  }

  /// The kind of file.
  package let container: Container
  /// Samples a second; nil where only the kind was looked at, as for all but WAV.
  package let sampleRate: Int?
  /// Channels; nil like `sampleRate`.
  package let channels: Int?
  /// Bits a sample; nil like `sampleRate`.
  package let bitsPerSample: Int?
  /// The length of the sound in milliseconds, rounded down; nil where the file's beginning does not say it.
  package let durationMilliseconds: Int?
  /// Where the samples are, in bytes, and how each is written; nil where they are not read here.
  package let samples: Samples?

  /// Samples that lie in a file one behind the other.
  package struct Samples: Hashable, Sendable {
    package let bytes: Range<Int>
    package let format: SampleFormat
  }

  /// Judges a file of `length` bytes, of which `read` gives those asked for (offset, count), or
  /// fewer where the file ends.
  ///
  /// Throws `AudioFault`, and what `read` throws.
  ///
  /// - Parameter isWhole: whether it is known that nothing is missing, whatever the file's header says.
  package init(
    length: Int, isWhole: Bool = false, read: (Int, Int) throws -> [UInt8]
  ) throws {
    guard length > 0 else { throw AudioFault.empty }
    let head = try read(0, 16)
    guard let container = Container(head: head) else {
      throw AudioFault.unknownFormat(head: head)
    }
    guard container.canHoldSound(head: head, length: length) else {
      throw AudioFault.malformed("\(length) bytes hold no sound of the kind \(container)")
    }
    let wav = container == .wav ? try WAVHeader(length: length, isWhole: isWhole, read: read) : nil
    self.container = container
    sampleRate = wav?.sampleRate
    channels = wav?.channels
    bitsPerSample = wav?.bitsPerSample
    durationMilliseconds =
      switch container {
      case .wav: wav?.durationMilliseconds
      case .m4a: try BoxedAudio.mp4(length: length, read: read)
      case .aiff: try BoxedAudio.aiff(length: length, read: read)
      case .mp3, .ogg, .flac, .webm, .caf, .amr: nil
      }
    samples = wav.flatMap { wav in
      wav.sampleFormat.map { Samples(bytes: wav.samples, format: $0) }
    }
  }

  /// Measures the samples, in one pass; nil where they are of a kind that is not read here.
  ///
  /// - Parameter read: gives the bytes asked for (offset, count), or fewer where the file ends.
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

  /// Judges a file held in memory; throws `AudioFault`.
  package init(_ bytes: [UInt8]) throws {
    try self.init(length: bytes.count) { offset, count in
      Array(bytes.dropFirst(offset).prefix(count))
    }
  }

  /// Judges and measures a file held in memory, whatever its header says of its length; throws `AudioFault`.
  package static func measure(
    _ bytes: [UInt8]
  ) throws -> (info: AudioInfo, measure: AudioMeasure?) {
    func read(_ offset: Int, _ count: Int) -> [UInt8] {
      Array(bytes.dropFirst(offset).prefix(count))
    }
    let info = try AudioInfo(length: bytes.count, isWhole: true, read: read)
    return (info, info.measure(read: read))
  }
}

extension AudioInfo.Container {
  /// Whether a file of `length` bytes that begins with `head` has room for its first sound: what a cut-off
  /// answer leaves may begin like audio.
  fileprivate func canHoldSound(head: [UInt8], length: Int) -> Bool {
    switch self {
    case .wav, .m4a, .aiff: true  // what they are made of is read whole
    // The stream's description comes first: type 0, 34 bytes (RFC 9639, 8.2).
    case .flac:
      length > 42 && head.count >= 8 && head[4] & 0x7F == 0
        && (head[5], head[6], head[7]) == (0, 0, 34)
    // Two pages at least, each with a header of 27 bytes and its table (RFC 3533, 6).
    case .ogg: length > 2 * 28 && head.count > 4 && head[4] == 0
    // The shortest frame of layer 3 has 24 bytes; a tag is in front of it, if there is one.
    case .mp3: length >= 24 + (head.starts(with: "ID3".utf8) ? 10 : 0)
    // The head of the file, and more elements than it.
    case .webm: length > 64
    // The head of the file and that of its description, and the description.
    case .caf: length > 8 + 12 + 32
    // A frame of the lowest rate has 13 bytes with its head.
    case .amr: length >= 6 + 13
    }
  }

  /// The kind of file that begins with these bytes; nil when it is none of them.
  init?(head: [UInt8]) {
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

  /// Eleven bits of sync, then values that a frame of layer 3 can have: two random bytes would
  /// often pass for the sync alone.
  private static func isMPEGLayer3Frame(_ head: [UInt8]) -> Bool {
    guard head.count >= 4, head[0] == 0xFF, head[1] & 0xE0 == 0xE0 else { return false }
    let version = head[1] >> 3 & 0b11
    let layer = head[1] >> 1 & 0b11
    let bitRate = head[2] >> 4
    let sampleRate = head[2] >> 2 & 0b11
    return version != 0b01 && layer == 0b01 && bitRate != 0b1111 && sampleRate != 0b11
  }
}
