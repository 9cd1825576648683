import CSMCore

/// Why bytes that arrived are not an audio file to keep.
package enum AudioFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not a single byte, or a header without a single sample.
  case empty
  /// More bytes than the caller's limit.
  case tooLong(limit: Int)
  /// Not as many bytes as were announced.
  case wrongLength(expected: Int, received: Int)
  /// The first bytes, up to 16, are those of no audio format known here.
  case unknownFormat(head: [UInt8])
  /// A file whose structure makes no sense, and what about it.
  case malformed(String)
  /// A WAV file that ends before its samples do, in bytes of samples.
  case truncated(declared: Int, present: Int)

  /// One sentence without a full stop, with its figures.
  package var description: String {
    switch self {
    case .empty: "the audio is empty"
    case .tooLong(let limit): "the audio is longer than \(limit) bytes"
    case .wrongLength(let expected, let received):
      "the audio has \(received) bytes instead of \(expected)"
    case .unknownFormat(let head):
      "not an audio file: it begins with \(Self.readable(head))"
    case .malformed(let what): "not a sound audio file: \(what)"
    case .truncated(let declared, let present):
      "the WAV file is cut off: \(present) of \(declared) bytes of samples"
    }
  }

  /// Whether there is something to keep: the words of whatever stands between are no file.
  var isOfFile: Bool {
    switch self {
    case .empty, .tooLong: false
    case .unknownFormat(let head): !head.allSatisfy(Self.isText)
    case .wrongLength, .malformed, .truncated: true
    }
  }

  private static func isText(_ byte: UInt8) -> Bool {
    (0x20..<0x7F).contains(byte) || (0x09...0x0D).contains(byte)
  }

  private static func readable(_ bytes: [UInt8]) -> String {
    let characters = bytes.map { byte in
      (0x20..<0x7F).contains(byte) ? Character(Unicode.Scalar(byte)) : "."
    }
    return "\"\(String(characters))\""
  }
}

/// Bytes that arrived, are no audio to be used, and are kept all the same: they were paid for.
package struct UselessAudio: Error, CustomStringConvertible {
  package let fault: AudioFault
  /// Names them in the store.
  package let digest: Digest
  /// Where they lie.
  package let path: String

  package var description: String { "\(fault); what came is kept as \(path)" }
}
