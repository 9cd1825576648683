/// What fal gives for an accepted request: the id, and where to ask about it.
///
/// The URLs are as fal sent them, not yet trusted; `CSMFal` uses one only after it was pinned to the
/// configured host and the request's own path, and builds it from the id otherwise.
package struct Ticket: Sendable, Equatable {
  /// fal's id of the request.
  package let requestID: String
  /// Where to ask for the status; nil when fal did not say.
  package let statusURL: String?
  /// Where to read the result; nil when fal did not say.
  package let responseURL: String?
  /// Where to cancel; nil when fal did not say.
  package let cancelURL: String?
  /// When fal accepted the request, as far as is known.
  package let acceptedAt: Timestamp

  package init(
    requestID: String, statusURL: String? = nil, responseURL: String? = nil,
    cancelURL: String? = nil, acceptedAt: Timestamp
  ) {
    self.requestID = requestID
    self.statusURL = statusURL
    self.responseURL = responseURL
    self.cancelURL = cancelURL
    self.acceptedAt = acceptedAt
  }

  /// Whether `id` may be an id of fal: 1 to 64 of A–Z, a–z, 0–9, `-`, `_`, so that it can stand in a path.
  package static func isValid(requestID id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
