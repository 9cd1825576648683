/// What fal returns for an accepted request: its id and URLs.
///
/// The URLs are as received and not trusted: `CSMFal` uses one only if it matches the configured
/// host and the request's own path, and otherwise builds its own from the id.
package struct Ticket: Sendable, Equatable {
  /// fal's id of the request.
  package let requestID: String
  /// The URL of the status; nil if fal gave none.
  package let statusURL: String?
  /// The URL of the result; nil if fal gave none.
  package let responseURL: String?
  /// The URL to cancel at; nil if fal gave none.
  package let cancelURL: String?
  /// When fal accepted the request, as far as known.
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

  /// Whether `id` can be a request id of fal, and is safe as a part of a path: 1 to 128 of A–Z, a–z, 0–9,
  /// `-`, `_`, `.` and `:`, but not `.` or `..`.
  package static func isValid(requestID id: String) -> Bool {
    (1...128).contains(id.utf8.count) && id != "." && id != ".."
      && id.utf8.allSatisfy { $0.isLetterOrDigit || "-_.:".utf8.contains($0) }
  }
}
