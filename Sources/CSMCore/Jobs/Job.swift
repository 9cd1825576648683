/// One request to fal, paid for at most once; a row of the job table.
package struct Job: Sendable, Equatable, Identifiable {
  /// The row's number; never reused.
  package let id: Int64
  /// The model that speaks it, fixed when the job is added.
  package let endpoint: String
  /// What is to be spoken.
  package let request: SpeechRequest
  /// The take of the same words, from 1.
  package let take: Int
  /// The fencing token: incremented by each claim and each `retry`, and checked by every update.
  package var generation: Int
  /// Whether csmd added this take by itself.
  package let isReroll: Bool
  package var state: JobState
  /// The number of POSTs that were, or may have been, accepted.
  package var submits: Int
  /// The number of requests that were accepted, or abandoned as possibly accepted, since the job
  /// was added or last retried by a person.
  package var attempts: Int
  /// How many submits in a row were put off without being accepted.
  package var deferrals: Int
  /// Whether a person wants it cancelled.
  package var cancelWanted: Bool
  /// Whether a person wants it sent again if fal does not have it.
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

extension Job {
  /// Whether it was paid for and spoken earlier, and a person wants its audio fetched again: no attempt
  /// has been counted since then, and nothing may be sent for it.
  var isFetchedAgain: Bool { attempts == 0 }
}

/// The audio of a finished job in the store.
package struct StoredAudio: Sendable, Equatable {
  /// The SHA-256 of the bytes, which names the object.
  package let digest: Digest
  /// Size in bytes.
  package let bytes: Int
  /// The media type detected from the first bytes, such as `audio/wav`.
  package let mediaType: String
  /// Playing time in milliseconds; nil if the format does not say.
  package let durationMilliseconds: Int?
  /// The measurements; nil if the samples cannot be read.
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
