/// One thing to be spoken, paid for at most once: a row of the job table.
package struct Job: Sendable, Equatable, Identifiable {
  /// The row's number; never used again.
  package let id: Int64
  /// The model that speaks it, as it was set when the job was added.
  package let endpoint: String
  /// What is to be spoken.
  package let request: SpeechRequest
  /// Which of several wanted versions of the same words this is; from 1.
  package let take: Int
  /// The fencing number, one higher at each claim and each `retry`; every update names it.
  package var generation: Int
  /// csmd added this take by itself.
  package let isReroll: Bool
  /// Where the job stands.
  package var state: JobState
  /// POSTs that were, or may have been, accepted.
  package var submits: Int
  /// Requests since the job was queued or a person said `retry` that were accepted, or were given up
  /// as perhaps accepted.
  package var attempts: Int
  /// Times in a row that a submit was put off without having been accepted.
  package var deferrals: Int
  /// A person wants it cancelled.
  package var cancelWanted: Bool
  /// A person wants it sent again, if fal does not have it.
  package var retryWanted: Bool

  package init(
    id: Int64, endpoint: String = Settings().endpoint, request: SpeechRequest, take: Int = 1,
    isReroll: Bool = false, generation: Int = 0, state: JobState,
    submits: Int = 0, attempts: Int = 0, deferrals: Int = 0, cancelWanted: Bool = false,
    retryWanted: Bool = false
  ) {
    self.id = id
    self.endpoint = endpoint
    self.request = request
    self.take = take
    self.isReroll = isReroll
    self.generation = generation
    self.state = state
    self.submits = submits
    self.attempts = attempts
    self.deferrals = deferrals
    self.cancelWanted = cancelWanted
    self.retryWanted = retryWanted
  }
}

/// The audio of a finished job, as it lies in the store.
package struct StoredAudio: Sendable, Equatable {
  /// SHA-256 of the bytes; the object's name.
  package let digest: Digest
  /// Size in bytes.
  package let bytes: Int
  /// The type that the first bytes show, such as `audio/wav`.
  package let mediaType: String
  /// Playing time in milliseconds; nil when the format does not tell.
  package let durationMilliseconds: Int?
  /// What its samples show; nil when they cannot be read.
  package let measure: AudioMeasure?

  package init(
    digest: Digest, bytes: Int, mediaType: String, durationMilliseconds: Int?,
    measure: AudioMeasure? = nil
  ) {
    self.digest = digest
    self.bytes = bytes
    self.mediaType = mediaType
    self.durationMilliseconds = durationMilliseconds
    self.measure = measure
  }
}
