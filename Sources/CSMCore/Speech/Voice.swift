/// A named voice: a clip and the exact words spoken in it.
///
/// CSM has no voices of its own: without a clip in its context, every request is spoken by a
/// different stranger.
package struct Voice: Sendable, Equatable {
  /// Unique, ignoring the case of ASCII letters.
  package let name: String
  /// The clip in the store: WAV, 24 kHz, mono.
  package let clip: Digest
  /// The words spoken in the clip.
  package let transcript: String
  /// The author's statement on the speaker's consent; nil if there is none.
  package let consent: String?

  package init(name: String, clip: Digest, transcript: String, consent: String? = nil) {
    self.name = name
    self.clip = clip
    self.transcript = transcript
    self.consent = consent
  }

  /// The clip for the context of a request in which `speakerID` has this voice.
  package func context(as speakerID: Int) -> SpeechRequest.Clip {
    SpeechRequest.Clip(
      prompt: transcript, audioURL: ClipSource.object(clip).audioURL, speakerID: speakerID)
  }

  /// Whether this is the voice with that name, ignoring the case of ASCII letters.
  package func isNamed(_ other: String) -> Bool {
    name.utf8.elementsEqual(other.utf8) { Self.lowercased($0) == Self.lowercased($1) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether `name` is valid: 1 to 64 printable characters, starting with a letter or digit,
  /// without the characters that separate names from other things on a command line or in a cast.
  ///
  /// `nameRule` says so to people.
  package static func isValid(name: String) -> Bool {
    guard let first = name.first, first.isLetter || first.isNumber else { return false }
    return name.unicodeScalars.count <= 64 && Printable.line(name) == name && name.last != " "
      && !name.contains { "=:,/\\\"*".contains($0) }
  }

  package static let nameRule =
    "a voice's name has 1 to 64 characters, begins with a letter or digit, and contains none of "
    + "= : , / \\ \" *"
}

/// The source of a clip's audio, as given in `audio_url`.
package enum ClipSource: Sendable, Hashable {
  /// `sha256:` and 64 digits: a file in the store.
  ///
  /// It is replaced by a URL of fal's storage before the request is sent, so that a job's key
  /// depends on the clip and not on the URL.
  case object(Digest)
  /// `job:` and 64 digits: the audio of the job with this key, once that has ended.
  case job(key: Digest)
  /// Anything else: a URL from the author, sent unchanged.
  case url(String)

  package init(audioURL: String) {
    func digest(after prefix: String) -> Digest? {
      audioURL.hasPrefix(prefix) ? Digest(hex: audioURL.dropFirst(prefix.count)) : nil
    }
    if let file = digest(after: "sha256:") {
      self = .object(file)
    } else if let key = digest(after: "job:") {
      self = .job(key: key)
    } else {
      self = .url(audioURL)
    }
  }

  /// The value of `audio_url`.
  package var audioURL: String {
    switch self {
    case .object(let digest): "sha256:\(digest.hex)"
    case .job(let key): "job:\(key.hex)"
    case .url(let url): url
    }
  }
}

extension SpeechRequest.Clip {
  package var source: ClipSource { ClipSource(audioURL: audioURL) }
}
