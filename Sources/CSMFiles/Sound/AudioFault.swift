import CSMCore

/// Why bytes are not a usable audio file.
package enum AudioFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// No bytes, or a header without samples.
  case empty
  /// More bytes than the caller's limit.
  case tooLong(limit: Int)
  /// A different number of bytes than announced.
  case wrongLength(expected: Int, received: Int)
  /// No known audio format; `head` has the first bytes, up to 16.
  case unknownFormat(head: [UInt8])
  /// A file with an invalid structure; the reason follows.
  case malformed(String)
  /// A WAV file that ends before its samples do; in bytes of samples.
  case truncated(declared: Int, present: Int)

  /// One sentence without a full stop.
  package var description: String {
    switch self {
    case .empty: "the audio is empty"
    case .tooLong(let limit): "the audio is longer than \(limit) bytes"
    case .wrongLength(let expected, let received):
      "the audio has \(received) bytes instead of \(expected)"
    case .unknownFormat(let head):
      "not an audio file: it begins with \(Self.readable(head))"
    case .malformed(let what): "not a valid audio file: \(what)"
    case .truncated(let declared, let present):
      "the WAV file is cut off: \(present) of \(declared) bytes of samples"
    }
  }

  /// Whether the bytes are worth keeping; an empty body or an error page of some proxy is not.
  var isOfFile: Bool {
    switch self {
    case .empty, .tooLong: false
    case .unknownFormat(let head): !head.allSatisfy(Self.isText)
    case .wrongLength, .malformed, .truncated: true
    }
  }

  /// Whether the first part of a good file may look like this.
  fileprivate var mayBeOfPart: Bool {
    switch self {
    case .tooLong, .unknownFormat: false
    case .empty, .wrongLength, .malformed, .truncated: true
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

/// Unusable audio that is stored nevertheless, since it was paid for.
package struct UselessAudio: Error, CustomStringConvertible {
  package let fault: AudioFault
  package let digest: Digest
  /// Its path in the store.
  package let path: String

  package var description: String { "\(fault); the file is kept as \(path)" }

  /// The digest, by which the same bytes show that the file itself is useless; nil if they may be a part of
  /// a good one.
  package var proof: Digest? { fault.mayBeOfPart ? nil : digest }
}
