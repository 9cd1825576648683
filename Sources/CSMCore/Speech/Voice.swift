/// A voice under a name: a clip, and the exact words spoken in it.
///
/// CSM has no voices of its own. Without a clip in its context, every request is spoken by somebody
/// else.
package struct Voice: Sendable, Equatable {
  /// Unique, whatever the case of ASCII letters.
  package let name: String
  /// The clip's file in the store: WAV, 24 kHz, mono.
  package let clip: Digest
  /// The words of the clip.
  package let transcript: String
  /// What the author says of the speaker's consent; nil where nothing was said.
  package let consent: String?

  package init(name: String, clip: Digest, transcript: String, consent: String? = nil) {
    self.name = name
    self.clip = clip
    self.transcript = transcript
    self.consent = consent
  }

  /// The clip as it stands in the context of a request in which `speakerID` has this voice.
  package func context(as speakerID: Int) -> SpeechRequest.Clip {
    SpeechRequest.Clip(
      prompt: transcript, audioURL: ClipSource.object(clip).audioURL, speakerID: speakerID)
  }

  /// Whether this is the voice of that name; the case of ASCII letters is no difference.
  package func isNamed(_ other: String) -> Bool {
    name.utf8.elementsEqual(other.utf8) { Self.lowercased($0) == Self.lowercased($1) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// Whether `name` may be a voice's: 1 to 64 characters that can be printed, beginning with a letter
  /// or digit, without the signs that part a name from something else on a command line or in a cast.
  package static func isValid(name: String) -> Bool {
    guard let first = name.first, first.isLetter || first.isNumber else { return false }
    return name.unicodeScalars.count <= 64 && Printable.line(name) == name && name.last != " "
      && !name.contains { "=:,/\\\"*".contains($0) }
  }
}

/// Where the sound of a clip is, as its `audio_url` names it.
package enum ClipSource: Sendable, Hashable {
  /// `sha256:` and 64 digits: a file of the store. It is exchanged for a URL of fal's storage before the
  /// request leaves, so that the clip is part of a job's identity and the URL is not.
  case object(Digest)
  /// `job:` and 64 digits: the audio of the job with this key, once it has ended.
  case job(key: Digest)
  /// Any other: a URL that the author gave, sent as it is.
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

  /// The text that stands in `audio_url`.
  package var audioURL: String {
    switch self {
    case .object(let digest): "sha256:\(digest.hex)"
    case .job(let key): "job:\(key.hex)"
    case .url(let url): url
    }
  }
}

extension SpeechRequest.Clip {
  /// Where its sound is.
  package var source: ClipSource { ClipSource(audioURL: audioURL) }
}
