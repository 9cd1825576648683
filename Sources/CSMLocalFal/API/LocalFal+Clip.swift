import Foundation

extension LocalFal {
  /// A clip of a voice that says `words`; the same words always give the same clip.
  package func clip(saying words: String) async throws -> [UInt8] {
    let json: JSON = ["scene": [["text": .string(words), "speaker_id": .integer(0)]]]
    let input = try SpeechInput(checking: json.bytes, for: .csm)
    let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return await audio.file(of: nobody, saying: input, body: json.bytes)
  }
}
