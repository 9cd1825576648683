/// The input of a request to `fal-ai/csm-1b`, in fal's format.
///
/// The coding keys are those of fal's schema `Csm1bInput`: `scene` holds turns, `context` holds
/// speakers.
package struct SpeechRequest: Sendable, Hashable, Codable {
  /// The turns in order; at least one.
  package var scene: [Turn]
  /// The clips that give speakers their voices; may be empty.
  package var context: [Clip]

  package init(scene: [Turn], context: [Clip] = []) {
    self.scene = scene
    self.context = context
  }

  /// A speech of one speaker.
  package struct Turn: Sendable, Hashable, Codable {
    package var text: String
    /// The speaker, who may have clips in the context.
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
    /// The URL fal fetches the clip from, or a reference (`ClipSource`).
    package var audioURL: String
    /// The speaker with this voice.
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

  /// The billed characters: the Unicode scalars of all turns.
  ///
  /// fal charges per 1000 characters; whether prompts in the context count is not documented.
  package var characters: Int {
    scene.reduce(0) { $0 + $1.text.unicodeScalars.count }
  }

  /// The text of all turns.
  package var text: String {
    scene.map(\.text).joined(separator: " ")
  }
}
