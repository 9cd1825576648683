import Crypto
import Foundation

/// Generates the audio of a request; always the same bytes, so that nothing needs to be stored.
struct Audio: Sendable {
  /// The sizes of files in bytes; nil for lengths that follow the text.
  let sizes: ClosedRange<Int>?
  /// Speaks the text; if nil or unable to, there are tunes.
  let speech: Speech?

  /// The size in bytes of the file that answers `body`.
  func size(of id: UUID, saying input: SpeechInput, body: [UInt8]) async -> Int {
    if let spoken = await speech?.file(saying: input.scene, for: id) { return spoken.count }
    return Wave.size(frames: frames(of: input, seed: seed(id, body)))
  }

  /// The file that answers `body`.
  func file(of id: UUID, saying input: SpeechInput, body: [UInt8]) async -> [UInt8] {
    if let spoken = await speech?.file(saying: input.scene, for: id) { return spoken }
    let seed = seed(id, body)
    return Wave.file(Melody.samples(count: frames(of: input, seed: seed), seed: seed))
  }

  /// 0.4 s plus a fourteenth of a second per character, unless sizes are set.
  private func frames(of input: SpeechInput, seed: UInt64) -> Int {
    guard let sizes else { return Wave.rate * (28 + 5 * input.characters) / 70 }
    var generator = SplitMix64(seed, 1)
    return max(1, (Int.random(in: sizes, using: &generator) - Wave.headerSize) / 2)
  }

  private func seed(_ id: UUID, _ body: [UInt8]) -> UInt64 {
    SHA256.hash(data: body + Array(id.lowercased.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
