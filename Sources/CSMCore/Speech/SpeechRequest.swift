/// The input of one request to `fal-ai/csm-1b`, in the shape in which fal takes it.
///
/// The coding keys are fal's own names (schema `Csm1bInput`: `scene` of turns, `context` of speakers).
package struct SpeechRequest: Sendable, Hashable, Codable {
  /// What is to be spoken, in order; at least one turn.
  package var scene: [Turn]
  /// Reference clips that give speakers their voices; may be empty.
  package var context: [Clip]

  package init(scene: [Turn], context: [Clip] = []) {
    self.scene = scene
    self.context = context
  }

  /// One thing said by one speaker.
  package struct Turn: Sendable, Hashable, Codable {
    /// What is said.
    package var text: String
    /// Who says it: the id that a clip of the context names too.
    package var speakerID: Int

    package init(text: String, speakerID: Int) {
      self.text = text
      self.speakerID = speakerID
    }

    enum CodingKeys: String, CodingKey {
      case text
      case speakerID = "speaker_id"
    }
  }

  /// A clip of a voice, with the words spoken in it.
  package struct Clip: Sendable, Hashable, Codable {
    /// The exact words of the clip.
    package var prompt: String
    /// Where fal fetches the clip.
    package var audioURL: String
    /// Whose voice it is.
    package var speakerID: Int

    package init(prompt: String, audioURL: String, speakerID: Int) {
      self.prompt = prompt
      self.audioURL = audioURL
      self.speakerID = speakerID
    }

    enum CodingKeys: String, CodingKey {
      case prompt
      case audioURL = "audio_url"
      case speakerID = "speaker_id"
    }
  }

  enum CodingKeys: String, CodingKey {
    case scene, context
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    scene = try values.decode([Turn].self, forKey: .scene)
    context = try values.decodeIfPresent([Clip].self, forKey: .context) ?? []
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(scene, forKey: .scene)
    if !context.isEmpty { try values.encode(context, forKey: .context) }
  }

  /// The characters that are paid for: the Unicode scalars of all turns.
  ///
  /// fal's price is per 1000 characters; whether prompts of the context count is not documented.
  package var characters: Int {
    scene.reduce(0) { $0 + $1.text.unicodeScalars.count }
  }

  /// The text of all turns, one behind the other.
  package var text: String {
    scene.map(\.text).joined(separator: " ")
  }
}
