import CSMCore

/// The header of a WAV file.
struct WAVHeader {
  /// In samples per second, at least 1.
  let sampleRate: Int
  /// At least 1.
  let channels: Int
  /// 0 for some compressed formats.
  let bitsPerSample: Int
  /// The place of the samples in the file, in bytes.
  let samples: Range<Int>
  /// The duration in milliseconds, rounded down.
  let durationMilliseconds: Int
  /// Nil if it is not supported.
  let sampleFormat: SampleFormat?
  /// Whether it declares exactly as many bytes of samples as there are.
  let isExact: Bool

  /// Limits the reads for a file made of tiny chunks; real files have a handful.
  private static let chunksMax = 256

  /// Reads the chunks of a RIFF file up to its samples.
  ///
  /// Ignores the length in the RIFF header, which streaming programs get wrong; only the samples must be
  /// complete.
  ///
  /// - Parameters:
  ///   - length: the size of the file in bytes.
  ///   - isWhole: whether the file is known to be complete.
  ///   - read: returns bytes of the file (offset, count), fewer only at its end.
  /// - Throws: `AudioFault`, and what `read` throws.
  init(length: Int, isWhole: Bool = false, read: (Int, Int) throws -> [UInt8]) throws {
    var offset = 12
    var format: WAVFormat?
    for _ in 0..<Self.chunksMax {
      let header = try read(offset, 8)
      guard header.count == 8, let size = header.uint32(at: 4) else { break }
      let body = offset + 8
      if header.starts(with: "data".utf8) {
        guard let format else { throw AudioFault.malformed("no fmt chunk before the samples") }
        let count = try Self.sampleBytes(
          declared: size, present: length - body, isWhole: isWhole)
        let rest = length - body - count
        self.init(
          format, samples: body..<body + count, isExact: size == count && rest <= size % 2)
        return
      }
      if header.starts(with: "fmt ".utf8) {
        format = try WAVFormat(try read(body, min(size, 40)))
      }
      // Chunks begin at even offsets.
      offset = body + size + size % 2
      guard offset < length else { break }
    }
    throw AudioFault.malformed(format == nil ? "no fmt chunk" : "no data chunk")
  }

  private init(_ format: WAVFormat, samples: Range<Int>, isExact: Bool) {
    sampleRate = format.sampleRate
    channels = format.channels
    bitsPerSample = format.bitsPerSample
    self.samples = samples
    self.isExact = isExact
    sampleFormat = format.sampleFormat
    durationMilliseconds = Int(
      clamping: Int128(samples.count) * 1000 / Int128(format.bytesPerSecond))
  }

  /// The number of bytes of samples.
  ///
  /// A writer that cannot seek back to its header leaves the length at 0, near the maximum (0xFFFFFFFF,
  /// 0x7FFFF000), or at an estimate: the samples then extend to the end of the file.
  private static func sampleBytes(declared: Int, present: Int, isWhole: Bool) throws -> Int {
    let isOpenEnded = declared == 0 || declared >= 0x7FFF_F000 || isWhole && declared > present
    guard isOpenEnded || present >= declared else {
      throw AudioFault.truncated(declared: declared, present: max(0, present))
    }
    let count = isOpenEnded ? present : declared
    guard count > 0 else { throw AudioFault.empty }
    return count
  }
}

/// The `fmt ` chunk of a WAV file.
struct WAVFormat {
  /// In samples per second, at least 1.
  let sampleRate: Int
  /// At least 1.
  let channels: Int
  /// 0 for some compressed formats.
  let bitsPerSample: Int
  /// At least 1.
  let bytesPerSecond: Int
  let codec: Codec

  enum Codec: Int {
    /// Not supported.
    case other = 0
    case pcm = 1
    case float = 3
    case aLaw = 6
    case muLaw = 7
  }

  /// Nil if it is not supported.
  var sampleFormat: SampleFormat? {
    switch (codec, bitsPerSample) {
    case (.pcm, 8): .unsigned8
    case (.pcm, 16): .signed16
    case (.pcm, 24): .signed24
    case (.pcm, 32): .signed32
    case (.float, 32): .float32
    case (.float, 64): .float64
    case (.muLaw, 8): .muLaw
    case (.aLaw, 8): .aLaw
    default: nil
    }
  }

  private static let extensible = 0xFFFE

  /// - Parameter chunk: its first 40 bytes, or fewer if it is shorter.
  init(_ chunk: [UInt8]) throws {
    guard let tag = chunk.uint16(at: 0), let channels = chunk.uint16(at: 2),
      let sampleRate = chunk.uint32(at: 4), let declaredRate = chunk.uint32(at: 8),
      let frameBytes = chunk.uint16(at: 12), let bitsPerSample = chunk.uint16(at: 14)
    else { throw AudioFault.malformed("a fmt chunk of \(chunk.count) bytes") }
    guard channels > 0, sampleRate > 0 else {
      throw AudioFault.malformed("\(channels) channels at \(sampleRate) Hz")
    }
    self.sampleRate = sampleRate
    self.channels = channels
    self.bitsPerSample = bitsPerSample
    // The extensible form has the real tag at the start of a GUID.
    guard let number = tag == Self.extensible ? chunk.uint16(at: 24) : tag else {
      throw AudioFault.malformed("an extensible fmt chunk of \(chunk.count) bytes")
    }
    codec = Codec(rawValue: number) ?? .other
    let isPlain = codec == .pcm || codec == .float
    if isPlain, frameBytes == 0 || frameBytes != channels * ((bitsPerSample + 7) / 8) {
      throw AudioFault.malformed(
        "\(frameBytes) bytes per frame for \(channels) channels of \(bitsPerSample) bits")
    }
    // Only for compressed formats the byte rate does not follow from the other figures.
    bytesPerSecond = isPlain ? frameBytes * sampleRate : declaredRate
    guard bytesPerSecond > 0 else { throw AudioFault.malformed("0 bytes per second") }
  }
}

extension [UInt8] {
  /// The little-endian number at an offset; nil if it is out of range.
  fileprivate func uint16(at offset: Int) -> Int? {
    guard count >= offset + 2 else { return nil }
    return Int(self[offset]) | Int(self[offset + 1]) << 8
  }

  /// The little-endian number at an offset; nil if it is out of range.
  fileprivate func uint32(at offset: Int) -> Int? {
    guard let low = uint16(at: offset), let high = uint16(at: offset + 2) else { return nil }
    return low | high << 16
  }
}
