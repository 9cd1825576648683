extension SpeechRequest {
  /// A variant of the request that is easier to speak; the request itself if there is none.
  ///
  /// One thing changes, depending on the marks: speech that broke off or looped was probably too
  /// long, while other faults may come from the context.
  func eased(after marks: [AudioMark]) -> SpeechRequest {
    let lost: [AudioCheck] = [.tooShort, .capped, .again, .gap, .tooLong]
    let gotLost = marks.contains { lost.contains($0.check) }
    let changes =
      gotLost
      ? [split, punctuated, numbersSpelled, contextShortened]
      : [contextShortened, punctuated, numbersSpelled, split]
    return changes.first { $0 != self } ?? self
  }

  /// The most characters that the request can have, eased or not.
  package var easedCharactersMax: Int {
    let ended = punctuated
    return max(ended.characters, ended.numbersSpelled.characters)
  }

  /// With long turns split.
  private var split: SpeechRequest {
    var request = self
    request.scene = scene.flatMap { turn -> [Turn] in
      let count = turn.text.unicodeScalars.count
      guard count >= Self.splitMin else { return [turn] }
      // A little more than half, so the break can be at the end of a sentence.
      return Splitter(charactersMax: count * 2 / 3).pieces(of: turn.text)
        .map { Turn(text: $0, speakerID: turn.speakerID) }
    }
    return request
  }

  private static let splitMin = 80

  /// With a full stop at the end of the last turn.
  private var punctuated: SpeechRequest {
    guard scene.last?.text.unicodeScalars.last?.isLetterOrDigit == true else { return self }
    var request = self
    request.scene[scene.count - 1].text += "."
    return request
  }

  /// With whole numbers in words.
  private var numbersSpelled: SpeechRequest {
    var request = self
    for index in scene.indices {
      request.scene[index].text = NumberWords.spelled(in: scene[index].text)
    }
    return request
  }

  /// With only the later half of the earlier turns.
  private var contextShortened: SpeechRequest {
    let turns = context.indices.filter {
      if case .job = context[$0].source { true } else { false }
    }
    let dropped = Set(turns.prefix((turns.count + 1) / 2))
    var request = self
    request.context = context.indices.filter { !dropped.contains($0) }.map { context[$0] }
    return request
  }
}
