import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite

/// What is done to the copies of an export; stored audio is never changed.
package struct Treatment: Sendable {
  /// The format to convert files to; nil to keep theirs.
  package var conversion: Conversion?
  /// Whether files are made WAV files, whatever their stored format.
  package var isWAV = false
  /// Whether the silence at both ends is removed.
  package var isTrimmed = false
  /// Samples per second; nil to keep the rate.
  package var rate: Int?
  /// The gain of each voice, in decibels.
  package var gains: [String: Double] = [:]
  /// Whether each file has tags that say where it comes from.
  package var hasTags = false

  /// Whether all files are plain copies of stored audio.
  var isNone: Bool {
    conversion == nil && !isWAV && !isTrimmed && rate == nil && gains.isEmpty && !hasTags
  }

  /// The recipe for one line's audio.
  func recipe(of line: LineRow) -> Recipe {
    let isWAV = line.ext == "wav"
    return Recipe(
      source: line.ext, conversion: conversion, isWAV: self.isWAV && !isWAV,
      cut: isTrimmed ? line.measure.flatMap(Recipe.Cut.init) : nil,
      rate: rate, gain: gains[VoiceLoudness.voice(of: line)].flatMap { $0 == 0 ? nil : $0 },
      tags: hasTags ? Tags(line) : nil)
  }
}

/// What is done to one line's audio.
struct Recipe: Sendable, Hashable {
  /// The extension of the stored audio.
  let source: String
  let conversion: Conversion?
  let isWAV: Bool
  let cut: Cut?
  let rate: Int?
  let gain: Double?
  let tags: Tags?

  /// The silence to remove, in milliseconds.
  struct Cut: Sendable, Hashable {
    let lead: Int
    let tail: Int

    /// How much silence stays, since a sound begins before it is loud, and then fades.
    private static let leadKept = 50
    private static let tailKept = 100

    /// Nil if there is no silence to remove, or nothing but silence.
    init?(_ measure: AudioMeasure) {
      lead = max(0, measure.leadMilliseconds - Self.leadKept)
      tail = max(0, measure.tailMilliseconds - Self.tailKept)
      guard measure.soundMilliseconds > 0, lead + tail > 0 else { return nil }
    }
  }

  /// Whether the sound itself differs from the stored audio.
  var changesSound: Bool { isWAV || cut != nil || rate != nil || gain != nil }

  /// Whether the file is a plain copy of the stored audio.
  var isCopy: Bool { conversion == nil && !changesSound && tags == nil }

  /// The file's extension, without a dot.
  var ext: String { conversion?.ext ?? (changesSound ? "wav" : source) }

  /// The recipe's name in the manifest, which tells a later run what to keep; nil for a copy.
  var name: String? {
    guard !isCopy else { return nil }
    var parts = [conversion?.name ?? (changesSound ? "wav" : source)]
    if let cut { parts.append("trim:\(cut.lead):\(cut.tail)") }
    if let gain { parts.append("gain:\(gain)") }
    if let rate { parts.append("rate:\(rate)") }
    if let tags { parts.append("tags:\(tags.digest.hex.prefix(8))") }
    return parts.joined(separator: " ")
  }

  /// The length of a file made of this many milliseconds of stored audio.
  func milliseconds(of stored: Int?) -> Int? {
    stored.map { max(0, $0 - (cut?.lead ?? 0) - (cut?.tail ?? 0)) }
  }
}

extension LineRow {
  /// The extension of its stored audio, without a dot.
  var ext: String {
    mediaType.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "wav"
  }
}
