import CSMCore
import CSMFFmpeg
import CSMFiles
import CSMSQLite

/// What is done to the copies of an export; what is stored is never touched.
package struct Treatment: Sendable {
  /// The form that files get; nil for that in which they are.
  package var conversion: Conversion?
  /// Whether they are to be WAV files, whatever they are stored as.
  package var isWAV = false
  /// Whether the silence at both ends goes.
  package var isTrimmed = false
  /// Samples a second; nil as they are.
  package var rate: Int?
  /// What makes each voice as loud as it is to be, in decibels.
  package var gains: [String: Double] = [:]
  /// Whether each file says where it comes from.
  package var hasTags = false

  package init() {}

  /// Whether files are copies of what is stored.
  var isNone: Bool {
    conversion == nil && !isWAV && !isTrimmed && rate == nil && gains.isEmpty && !hasTags
  }

  /// What becomes of one line's audio.
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
  /// The extension of what is stored.
  let source: String
  let conversion: Conversion?
  let isWAV: Bool
  let cut: Cut?
  let rate: Int?
  let gain: Double?
  let tags: Tags?

  /// Silence that is taken away, in milliseconds.
  struct Cut: Sendable, Hashable {
    let lead: Int
    let tail: Int

    /// Some of it stays: a sound begins before it is loud, and fades behind.
    private static let leadKept = 50
    private static let tailKept = 100

    /// - Returns: nil where there is nothing to take away, or nothing but silence.
    init?(_ measure: AudioMeasure) {
      lead = max(0, measure.leadMilliseconds - Self.leadKept)
      tail = max(0, measure.tailMilliseconds - Self.tailKept)
      guard measure.soundMilliseconds > 0, lead + tail > 0 else { return nil }
    }
  }

  /// Whether the sound itself is another one than what is stored.
  var changesSound: Bool { isWAV || cut != nil || rate != nil || gain != nil }

  /// Whether the file is a copy of what is stored.
  var isCopy: Bool { conversion == nil && !changesSound && tags == nil }

  /// The file's extension, without a dot.
  var ext: String { conversion?.ext ?? (changesSound ? "wav" : source) }

  /// As the manifest names it, by which a later run knows what need not be made again; nil for a copy.
  var name: String? {
    guard !isCopy else { return nil }
    var parts = [conversion?.name ?? (changesSound ? "wav" : source)]
    if let cut { parts.append("trim:\(cut.lead):\(cut.tail)") }
    if let gain { parts.append("gain:\(gain)") }
    if let rate { parts.append("rate:\(rate)") }
    if let tags { parts.append("tags:\(tags.digest.hex.prefix(8))") }
    return parts.joined(separator: " ")
  }

  /// How long what is made of so many milliseconds is.
  func milliseconds(of stored: Int?) -> Int? {
    stored.map { max(0, $0 - (cut?.lead ?? 0) - (cut?.tail ?? 0)) }
  }
}

extension LineRow {
  /// The extension of what its audio is, without a dot.
  var ext: String {
    mediaType.flatMap { $0.split(separator: "/").last.map(String.init) } ?? "wav"
  }
}
