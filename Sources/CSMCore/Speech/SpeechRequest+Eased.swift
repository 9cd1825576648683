extension SpeechRequest {
  /// The same words in a form that is easier to speak; the request itself where none is known.
  ///
  /// One thing is changed, and what it is depends on what went wrong: what broke off or went round in circles
  /// was too long at once, everything else may come from what was heard before.
  func eased(after marks: [AudioMark]) -> SpeechRequest {
    let lost: [AudioCheck] = [.tooShort, .capped, .again, .gap, .tooLong]
    let gotLost = marks.contains { lost.contains($0.check) }
    let changes =
      gotLost
      ? [split, punctuated, numbersSpelled, contextShortened]
      : [contextShortened, punctuated, numbersSpelled, split]
    return changes.first { $0 != self } ?? self
  }

  /// Long turns are cut once more.
  private var split: SpeechRequest {
    var request = self
    request.scene = scene.flatMap { turn -> [Turn] in
      let count = turn.text.unicodeScalars.count
      guard count >= Self.splitMin else { return [turn] }
      // A little more than half, so that the break may be at the end of a sentence.
      return Splitter(charactersMax: count * 2 / 3).pieces(of: turn.text)
        .map { Turn(text: $0, speakerID: turn.speakerID) }
    }
    return request
  }

  private static let splitMin = 80

  /// The last turn ends like a sentence.
  private var punctuated: SpeechRequest {
    guard let last = scene.last?.text.unicodeScalars.last,
      last.properties.isAlphabetic || last.properties.numericType != nil
    else { return self }
    var request = self
    request.scene[scene.count - 1].text += "."
    return request
  }

  /// Whole numbers are written as words.
  private var numbersSpelled: SpeechRequest {
    var request = self
    for index in scene.indices {
      request.scene[index].text = NumberWords.spelled(in: scene[index].text)
    }
    return request
  }

  /// Of the turns before it, only the later half is heard.
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
