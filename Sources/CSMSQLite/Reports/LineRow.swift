import CSMCore

/// A line of a batch with its job, as `list` and `show` print it.
package struct LineRow: Sendable {
  package let id: Int64
  package let line: String
  /// Whether the id was made from the line's number in its file, since the author gave none.
  package let isNumbered: Bool
  package let batch: String
  package let state: JobState.Name
  package let take: Int
  /// Takes of the line's words, including this one.
  package let takes: Int
  /// Why this is a former state of the line; nil for the present one.
  package let former: FormerReason?
  package let requestID: String?
  package let submits: Int
  package let attempts: Int
  package let errorClass: String?
  package let error: String?
  /// The author's text.
  package let text: String
  /// What is sent: the texts of all turns.
  package let sent: String
  /// fal's speaker id of the first speaker.
  package let speakerID: Int?
  /// The speaker, as the author writes it, a name or a digit; nil for several or none.
  package let speaker: String?
  /// The name of the voice when the line was added; nil for several or none.
  package let voice: String?
  /// The scene that the line belongs to; nil for none.
  package let scene: String?
  /// The number of the turn in its scene, from 1; nil for a whole scene.
  package let turn: Int?
  /// What the job waits for before it may be sent; nil for nothing.
  package let waitsFor: WaitsFor?
  package let characters: Int
  /// What the job's submits have cost so far; nil before the first.
  package let cost: Money?
  package let digest: Digest?
  package let bytes: Int?
  package let durationMilliseconds: Int?
  package let mediaType: String?
  package let priority: Int
  package let createdAt: Timestamp
  package let updatedAt: Timestamp
  package let finishedAt: Timestamp?
  package let sourceFile: String
  package let sourceLine: Int
  /// Everything else that the author's file says about the line, as JSON.
  package let meta: String?
  /// Who added the line; nil for lines older than this record.
  package let author: Author?
  /// The marks on its audio; empty without audio, if nothing is wrong, and after a person accepted it.
  package let marks: [AudioMark]
  /// The measurements of its audio; nil without audio, or if it was not measured.
  package let measure: AudioMeasure?
  /// The model that is asked.
  package let endpoint: String
  /// The consent of the person whose voice it is; nil for no statement.
  package let consent: String?
  /// Whether a person accepted the audio.
  package let isAccepted: Bool
  /// Whether a person pinned this take: no other replaces it.
  package let isPinned: Bool
  /// The judge's verdict on the audio; nil if it was not asked.
  package let verdict: Verdict?
  /// Whether csmd added this take by itself.
  package let isReroll: Bool
  /// What the audio is judged by, apart from its samples.
  let context: AudioContext
}

extension LineRow {
  package var name: JobTable.LineName { .init(batch: batch, line: line) }

  /// Whether the line has audio without any mark.
  package var isGood: Bool { state == .stored && marks.isEmpty }

  /// How its audio compares with other takes.
  var rank: TakeRank { TakeRank(marks, context, score: verdict?.score) }
}

/// What a queued job waits for.
package enum WaitsFor: Sendable, Equatable {
  /// Earlier lines of its batch that have not ended; empty if they belong to another batch.
  case turns([String])
  /// Room in its batch's budget.
  case budget
}
