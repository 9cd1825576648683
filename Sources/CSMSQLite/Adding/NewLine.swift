import CSMCore

/// A line about to be added.
package struct NewLine: Sendable {
  /// What is to be spoken.
  package let request: SpeechRequest
  /// The SHA-256 of the request's identity, the endpoint and the take.
  package let key: Digest
  /// The author's id; nil to make one from the line number.
  package let id: String?
  /// The author's text; nil if it is what is sent.
  package let text: String?
  /// Everything else that the author's file says about the line, as JSON.
  package let meta: String?
  /// The line number in the file, from 1; several lines may share it.
  package let number: Int
  /// The end of an id made from the line number, such as `.02` for a second part.
  package let suffix: String
  /// The number of the take, from 1.
  package let take: Int
  /// The speaker, as the author writes it; nil for several or none.
  package let speaker: String?
  /// The name of the voice; nil for several or none.
  package let voice: String?
  /// The scene that the line belongs to; nil for none.
  package let scene: String?
  /// The number of the turn in its scene, from 1; nil for a whole scene.
  package let turn: Int?

  package init(
    request: SpeechRequest, key: Digest, id: String?, text: String?, meta: String?, number: Int,
    suffix: String = "", take: Int = 1, speaker: String? = nil, voice: String? = nil,
    scene: String? = nil, turn: Int? = nil
  ) {
    self.request = request
    self.key = key
    self.id = id
    self.text = text
    self.meta = meta
    self.number = number
    self.suffix = suffix
    self.take = take
    self.speaker = speaker
    self.voice = voice
    self.scene = scene
    self.turn = turn
  }

  /// Whether it is the first of the lines that were made of one row; the others are parts and takes.
  var beginsEntry: Bool { suffix.isEmpty || suffix == ".01" }
}
