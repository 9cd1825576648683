import CSMCore
import CSMFiles
import CSMInput
import CSMSQLite
import CSMWorkplace

/// Other words for one line, made into a request as `add` would.
package struct EditedWords {
  private let text: String
  /// What the line is called in messages, and what gave the words.
  private let id: String
  private let source: String

  /// - Parameters:
  ///   - id: what the line is called in messages.
  ///   - source: what gave the words, such as `--text`.
  package init(_ text: String, of id: String, source: String) {
    (self.text, self.id, self.source) = (text, id, source)
  }

  /// The line's request with the new words in place of the old ones.
  ///
  /// - Throws: `Failure` where they cannot be spoken.
  package func words(_ old: SpeechRequest, endpoint: String) throws -> JobTable.Words {
    guard let speaker = old.scene.first?.speakerID,
      old.scene.allSatisfy({ $0.speakerID == speaker })
    else {
      throw Failure(
        "\(id) is a scene of \(old.scene.count) turns: change its file and add that again",
        .badInput)
    }
    var request = old
    request.scene = try pieces().map { SpeechRequest.Turn(text: $0, speakerID: speaker) }
    try demandRoom(for: request, in: old)
    return JobTable.Words(
      request: request, key: request.key(endpoint: endpoint, take: 1),
      text: request.text == text ? nil : text)
  }

  /// Refuses more words than one request can hold; what is no longer than before has the room it had.
  private func demandRoom(for request: SpeechRequest, in old: SpeechRequest) throws {
    guard !SpeechExtent(request).fits, request.characters > old.characters else { return }
    let room = SpeechExtent(SpeechRequest(scene: [], context: request.context)).charactersLeft
    throw Failure(
      "\(source): \(Figures.count(request.characters, "character")) are more than one request can hold, "
        + "which is about \(Figures.count(room)) here: change the line's file and add that again, "
        + "which cuts it into parts", .badInput)
  }

  /// What is sent for the new words, as `add` would send them.
  private func pieces() throws -> [String] {
    do throws(Rejection) {
      return try SpokenText.pieces(of: text)
    } catch {
      throw Failure("\(source): \(error.reason)", .badInput)
    }
  }
}
