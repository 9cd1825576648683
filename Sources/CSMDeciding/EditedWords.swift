import CSMCore
import CSMInput
import CSMSQLite
import CSMWorkplace

/// New words for a line, split as they will be sent.
package struct EditedWords: Sendable, Hashable {
  package let text: String
  private let pieces: [String]

  /// - Throws: `Rejection` if nothing of them can be spoken.
  package init(_ text: String) throws(Rejection) {
    self.text = text
    pieces = try SpokenText.pieces(of: text)
  }

  /// The characters to pay for: those that are sent.
  package var characters: Int { pieces.reduce(0) { $0 + $1.unicodeScalars.count } }

  /// A line's request with these words in place of its own.
  ///
  /// - Parameter name: the line's name in error messages.
  /// - Throws: `Failure` if they do not fit the line.
  package func replacing(
    _ old: SpeechRequest, of name: String, endpoint: String
  ) throws -> JobTable.Words {
    guard let speaker = old.scene.first?.speakerID,
      old.scene.allSatisfy({ $0.speakerID == speaker })
    else {
      throw Failure(
        "\(name) is a scene of \(old.scene.count) turns: change its file and add it again",
        .badInput)
    }
    var request = old
    request.scene = pieces.map { SpeechRequest.Turn(text: $0, speakerID: speaker) }
    try demandRoom(for: request, in: old, name)
    return JobTable.Words(
      request: request, key: request.key(endpoint: endpoint, take: 1),
      text: request.text == text ? nil : text)
  }

  /// Refuses more words than one request can hold, unless there are no more than before.
  private func demandRoom(
    for request: SpeechRequest, in old: SpeechRequest, _ name: String
  ) throws {
    guard !SpeechExtent(request).fits, request.characters > old.characters else { return }
    let room = SpeechExtent(SpeechRequest(scene: [], context: request.context)).charactersLeft
    throw Failure(
      "\(name): \(Figures.count(request.characters, "character")) are more than one request can hold, "
        + "which is about \(Figures.count(room)) here: change the line's file and add it again, "
        + "which splits the line", .badInput)
  }
}
