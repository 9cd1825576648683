import CSMCore
import Foundation

/// One POST that fal or the stand-in accepted, so that somebody pays for it.
package struct LedgerEntry: Sendable {
  /// The id under which it was accepted.
  package let requestID: String
  /// Its body.
  package let input: SpeechRequest
  /// The audio of its result; nil if unknown.
  package let audio: Digest?
  /// Whether its result is a failure for a while, and then the audio.
  package let seemsToFail: Bool

  package init(
    requestID: String, input: SpeechRequest, audio: Digest? = nil, seemsToFail: Bool = false
  ) {
    self.requestID = requestID
    self.input = input
    self.audio = audio
    self.seemsToFail = seemsToFail
  }
}

extension LedgerEntry {
  private struct Line: Decodable {
    let requestID: String
    let body: String

    enum CodingKeys: String, CodingKey {
      case requestID = "request_id"
      case body
    }
  }

  /// Reads the ledger that `csm-localfal serve --ledger` writes: one JSON object per line.
  ///
  /// - Parameter word: only entries that contain it; nil for all.
  /// - Throws: if a line is not an entry of a ledger, or its body not an input of the model.
  package static func read(path: String, about word: String? = nil) throws -> [LedgerEntry] {
    let decoder = JSONDecoder()
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return try data.split(separator: UInt8(ascii: "\n")).compactMap { bytes in
      if let word, bytes.firstRange(of: Data(word.utf8)) == nil { return nil }
      let line = try decoder.decode(Line.self, from: bytes)
      let input = try decoder.decode(SpeechRequest.self, from: Data(line.body.utf8))
      return LedgerEntry(requestID: line.requestID, input: input)
    }
  }
}
