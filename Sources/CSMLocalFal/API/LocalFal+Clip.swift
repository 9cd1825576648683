import Foundation

extension LocalFal {
  /// A clip in which somebody says `words`, such as a person records for a voice; the same words are the
  /// same clip.
  package func clip(saying words: String) async throws -> [UInt8] {
    let json: JSON = ["scene": [["text": .string(words), "speaker_id": .integer(0)]]]
    let input = try SpeechInput(checking: json.bytes, for: .csm)
    let nobody = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    return await audio.file(of: nobody, saying: input, body: json.bytes)
  }
}
