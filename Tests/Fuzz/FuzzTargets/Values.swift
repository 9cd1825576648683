import CSMCore
import CSMFal
import CSMFiles
import Foundation

extension FuzzTarget {
  /// Settings and the file that holds them: taken, or a mistake that shows no secret.
  static let settings = [
    FuzzTarget(
      "settings-file",
      seeds: [
        "# csm\nCSM_MAX_IN_FLIGHT=64\nCSM_UNKNOWN_GRACE = 30m\r\nFAL_KEY='hush:secret'\n",
        "CSM_QUEUE_URL=\"https://queue.fal.run/\"\nCSM_CDN_HOSTS=fal.media, 127.0.0.1:80\n",
        "CSM_ACTIVE_HOURS=22:00-06:00\nCSM_BUDGET_USD=12.50\nCSM_MAX_AUDIO_BYTES=64MB\n",
        "=x", "FAL_KEY", "CSM_UNKNWN=7", "CSM_ENDPOINT=a/../b", "CSM_STATE_DIR=x\n\n;",
      ],
      words: Settings.Name.allCases.map { "\($0.rawValue)=" } + [
        "'", "\"", "#", ";", "hush:secret",
      ]
    ) { bytes in
      do {
        let values = try SettingsFile.parse(String(decoding: bytes, as: UTF8.self))
        try check(Settings(values, file: values))
      } catch let invalid as Settings.InvalidValues {
        try demand(!invalid.all.isEmpty, "no mistake, and yet none taken")
        for mistake in invalid.all where mistake.name.hasPrefix("FAL_KEY") {
          try demand(mistake.value == "(not shown)", "the key is shown")
        }
      } catch let line as SettingsFile.BadLine {
        try demand(line.line >= 1 && !"\(line)".contains("hush"), "a line without a place")
      }
    },
    FuzzTarget(
      "setting",
      seeds: [
        "30m", "500ms", "4294967295d", "22:00-06:00", "0.03", "64MB", "4000000000", "1GiB",
        "https://queue.fal.run", "http://127.0.0.1:80", "http://[::1]:1", "https://a:b@c",
        "fal.media,127.0.0.1:7", "fal-ai/csm-1b", "/var/lib/csm", "hold", "always",
      ], words: ["https://", "http://", ":", ".", "-", "[::1]", "127.0.0.1", "MB", "ms", "h", "/"]
    ) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      for name in Settings.Name.allCases {
        do {
          try check(Settings([name.rawValue: text]))
        } catch let invalid as Settings.InvalidValues {
          try demand(invalid.all.count == 1, "one value, and not one mistake")
        }
      }
    },
    FuzzTarget(
      "time",
      seeds: [
        "2026-11-23T19:05:01.250Z", "2026-02-29 00:00:60+23:59", "0000-01-01T00:00:00Z",
        "0000-01-01T00:00:60+23:59",
      ]
    ) { bytes in
      guard let time = Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self)) else { return }
      try demand(Timestamp(rfc3339: time.rfc3339) == time, "\(time.rfc3339) is another time")
    },
  ]

  /// What was taken keeps the key on the way that a person meant.
  private static func check(_ settings: Settings) throws {
    for base in [settings.queueURL, settings.platformURL, settings.restURL] {
      let parts = URLComponents(string: base)
      try demand(
        parts?.user == nil && parts?.host?.isEmpty == false && parts?.query == nil
          && parts?.fragment == nil && parts?.path == "", "\(base) is no base address")
      try demand(
        parts?.scheme == "https"
          || ["localhost", "::1", "[::1]"].contains(parts?.host ?? "")
          || parts?.host?.hasPrefix("127.") == true, "\(base) would show the key")
    }
    try demand((1000...4_000_000_000).contains(settings.audioBytesMax), "a size out of its bounds")
    try demand((1...10_000).contains(settings.limits.inFlightMax), "a window out of its bounds")
    try demand(settings.rules.unknownGrace <= .seconds(3650 * 86_400), "a grace out of its bounds")
    _ = settings.rules.price.of(characters: .max)
    _ = Timestamp.night + settings.rules.unknownGrace
  }

  /// The header of a WAV file: what is taken has the figures of a sound.
  static let wav = FuzzTarget(
    "audio",
    seeds: ["ID3\u{3}\u{0}\u{0}", "OggS\u{0}", "fLaC\u{0}", "RIFF\u{24}\u{0}\u{0}\u{0}WAVE"],
    bytes: [wave(bytes: 64), wave(bytes: 0), wave(bytes: .max), [0xFF, 0xFB, 0x90, 0x00]],
    words: ["RIFF", "WAVE", "fmt ", "data", "LIST", "\u{10}\u{0}\u{0}\u{0}"]
  ) { bytes in
    guard let info = try? AudioInfo(bytes) else { return }
    guard info.container == .wav else { return }
    try demand((info.sampleRate ?? 0) > 0 && (info.channels ?? 0) > 0, "a sound without a rate")
    try demand((info.durationMilliseconds ?? -1) >= 0, "a sound shorter than nothing")
  }

  static func wave(bytes count: UInt32, bits: UInt32 = 16, kind: UInt32 = 1) -> [UInt8] {
    func number(_ value: UInt32, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    return Array("RIFF".utf8) + number(count &+ 36, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
      + number(kind, 2) + number(1, 2) + number(24_000, 4) + number(3000 * bits, 4)
      + number(bits / 8, 2) + number(bits, 2) + Array("data".utf8) + number(count, 4)
      + [UInt8](repeating: 7, count: 64)
  }
}
