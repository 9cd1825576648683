/// The outcome of reading fal's request listing.
package enum ListingOutcome: Sendable, Equatable {
  /// All pages were read; without requests owned by other jobs.
  case listed([ListedRequest], opaque: [OpaqueRequest] = [])
  /// Not all pages could be read; `shown` are the requests on those that could.
  case unavailable(Problem, shown: [ListedRequest] = [])
}

/// A request in fal's listing.
package struct ListedRequest: Sendable, Equatable {
  /// fal's id of the request.
  package let requestID: String
  /// The model it was sent to; nil if fal does not say.
  package let endpoint: String?
  /// When fal received it or passed it to the model (fal's documentation allows both readings), by
  /// our clock.
  package let sentAt: Timestamp
  /// Its input; nil if fal shows none, or one that cannot be read.
  package let request: SpeechRequest?
  package let succeeded: Bool

  package init(
    requestID: String, endpoint: String? = nil, sentAt: Timestamp, request: SpeechRequest?,
    succeeded: Bool
  ) {
    self.requestID = requestID
    self.endpoint = endpoint
    self.sentAt = sentAt
    self.request = request
    self.succeeded = succeeded
  }
}

/// A request in fal's listing that may be ours, but cannot be compared with what a job holds.
package struct OpaqueRequest: Sendable, Hashable {
  /// fal's id of the request; nil if it cannot be read.
  package let requestID: String?
  /// The model it was sent to; nil if fal does not say.
  package let endpoint: String?
  /// As `ListedRequest.sentAt`; nil if it cannot be read.
  package let sentAt: Timestamp?

  package init(requestID: String?, endpoint: String? = nil, sentAt: Timestamp?) {
    self.requestID = requestID
    self.endpoint = endpoint
    self.sentAt = sentAt
  }

  /// Whether it is known to be one of these.
  package func isOwned(_ owned: Set<String>) -> Bool {
    requestID.map { owned.contains($0) } ?? false
  }
}

/// The outcome of searching fal's listing for requests unknown to the table.
package enum AdoptionOutcome: Sendable, Equatable {
  /// All pages were read; each of these waiting jobs was already sent as this request. The opaque requests
  /// may be those of other waiting jobs.
  case found([AdoptedRequest], opaque: [OpaqueRequest] = [])
  case unavailable(Problem)
}

/// A waiting job and the request in fal's listing that it was sent as.
package struct AdoptedRequest: Sendable, Equatable {
  package let job: Job
  package let request: ListedRequest

  package init(job: Job, request: ListedRequest) {
    self.job = job
    self.request = request
  }
}
