/// A format that ffmpeg converts exported audio to: `ogg`, `opus`, `mp3`, `m4a`, `flac`, `wav:RATE`; and for
/// telephone systems `wav:RATE:ulaw`, `wav:RATE:alaw`, and `ulaw`, which is 8 kHz without a header.
package struct Conversion: Sendable, Hashable {
  /// The text it was made from.
  package let name: String
  /// The file's extension, without a dot.
  package let ext: String
  /// ffmpeg's output options for the format.
  package let arguments: [String]

  /// Whether it decides the sample rate.
  package var setsRate: Bool { arguments.contains("-ar") }

  /// Whether its files can hold tags; those without a header cannot.
  package var hasTags: Bool { ext != "ulaw" }

  /// The rates of `wav:`, in Hz.
  private static let rates = 8000...48_000

  private static let encoders = [
    "ogg": ["libvorbis", "-q:a", "5"], "opus": ["libopus", "-b:a", "64k"],
    "mp3": ["libmp3lame", "-q:a", "2"], "flac": ["flac"], "m4a": ["aac", "-b:a", "96k"],
    "ulaw": ["pcm_mulaw", "-ar", "8000", "-f", "mulaw"],
  ]
  private static let samples = ["pcm": "pcm_s16le", "ulaw": "pcm_mulaw", "alaw": "pcm_alaw"]

  package init?(_ text: String) {
    name = text
    if let encoder = Self.encoders[text] {
      ext = text
      arguments = ["-c:a"] + encoder
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), parts[0] == "wav",
      let rate = Int(parts[1]), Self.rates.contains(rate),
      let samples = Self.samples[parts.count > 2 ? parts[2] : "pcm"]
    else { return nil }
    ext = "wav"
    arguments = ["-ar", String(rate), "-c:a", samples]
  }
}
